package interop;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** What the relying party knows of the person. */
@RestController
class Pages {

    private final OAuth2AuthorizedClientRepository clients;
    private final OAuth2AuthorizedClientManager manager;

    Pages(OAuth2AuthorizedClientRepository clients, OAuth2AuthorizedClientManager manager) {
        this.clients = clients;
        this.manager = manager;
    }

    @GetMapping("/me/{name}")
    ResponseEntity<Map<String, Object>> me(@PathVariable String name, Authentication person, HttpServletRequest request) {
        if (!(person instanceof OAuth2AuthenticationToken login) || !login.getAuthorizedClientRegistrationId().equals(name)) {
            return ResponseEntity.status(HttpStatus.UNAUTHORIZED).body(Map.of("error", "nobody is logged in"));
        }
        OAuth2AuthorizedClient client = clients.loadAuthorizedClient(name, login, request);
        var user = (OidcUser) login.getPrincipal();
        return ResponseEntity.ok(Map.of(
            "id_token", plain(user.getIdToken().getClaims()),
            "userinfo", plain(user.getUserInfo().getClaims()),
            "access_token", client.getAccessToken().getTokenValue(),
            "refresh_token", client.getRefreshToken().getTokenValue()));
    }

    @GetMapping("/refresh/{name}")
    ResponseEntity<Void> refresh(
            @PathVariable String name, Authentication person, HttpServletRequest request, HttpServletResponse response) {
        manager.authorize(OAuth2AuthorizeRequest.withClientRegistrationId(name)
            .principal(person)
            .attribute(HttpServletRequest.class.getName(), request)
            .attribute(HttpServletResponse.class.getName(), response)
            .build());
        return ResponseEntity.status(HttpStatus.SEE_OTHER).header("location", "/me/" + name).build();
    }

    @GetMapping("/bye/{name}")
    Map<String, String> bye(@PathVariable String name) {
        return Map.of();
    }

    /** Claims as they were, which the framework has made into its own types. */
    private static Map<String, Object> plain(Map<String, Object> claims) {
        Map<String, Object> plain = new LinkedHashMap<>(claims);
        plain.replaceAll((name, value) -> value instanceof Instant time ? time.getEpochSecond() : value);
        return plain;
    }
}
