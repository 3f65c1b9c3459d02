package interop;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A relying party made with Spring Security's OAuth2 client, by client_secret_basic, and told of logouts.
 */
@SpringBootApplication
public class RelyingParty {

    /** One issuer that people log in with, and who we are there. */
    record Login(String issuer, String client_id, String client_secret, String scope, Map<String, String> parameters) {}

    record Configuration(int port, String authority, Map<String, Login> logins) {}

    static Configuration configuration;

    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        var json = JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
        configuration = json.readValue(Path.of(arguments[0]), Configuration.class);
        trust(configuration.authority());
        var application = new SpringApplication(RelyingParty.class);
        application.setDefaultProperties(Map.of("server.address", "127.0.0.1", "server.port", configuration.port()));
        application.run();
    }

    /** Has every connection of this program trust the provider's certificate. */
    private static void trust(String file) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var stream = new FileInputStream(file)) {
            store.setCertificateEntry("provider", CertificateFactory.getInstance("X.509").generateCertificate(stream));
        }
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trusted.getTrustManagers(), null);
        SSLContext.setDefault(context);
    }
}
