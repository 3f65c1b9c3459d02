#!/usr/bin/env bash
# com.nimbusds:oauth2-oidc-sdk 11.39 (Maven Central): `OIDCProviderMetadata.parse` refuses a whole discovery document if `prompt_values_supported`
# (Initiating User Registration via OpenID Connect 1.0) holds a value that the library does not know. Values it does not know among
# response modes, grant types and PKCE methods it takes. The member only says what the provider supports beside the values of
# OpenID Connect Core §3.1.2.1: a client that never sends a value is not concerned by it.
# What a user would meet: the day a provider announces a prompt of its own (a passkey to be set up, say), Java services that start
# anew fail with "Unknown prompt type", though nobody changed them, and those that run go on until they restart.
# Mend: leave `prompt_values_supported` out of the JSON before it is parsed; at the provider: announce only registered values.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>look</groupId><artifactId>look</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.nimbusds</groupId><artifactId>oauth2-oidc-sdk</artifactId><version>11.39</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
  -DoutputDirectory=jars > mvn.log 2>&1 || { cat mvn.log; exit 2; }
cat > Look.java <<'JAVA'
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;

public class Look {
    /** What becomes of a discovery document with that member in it: null if it is taken. */
    static String refusal(String member) {
        String document = """
            {"issuer": "https://id.example", "authorization_endpoint": "https://id.example/authorize",
             "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/jwks", "response_types_supported": ["code"],
             "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"], %s}""".formatted(member);
        String why = null;
        try {
            OIDCProviderMetadata.parse(document);
        } catch (ParseException refused) {
            why = refused.getMessage();
        }
        System.out.println(member + ": " + (why == null ? "taken" : "refused, " + why));
        return why;
    }

    public static void main(String[] arguments) {
        boolean known = refusal("\"prompt_values_supported\": [\"none\", \"login\", \"create\"]") == null;
        boolean responseMode = refusal("\"response_modes_supported\": [\"query\", \"web_message\"]") == null;
        boolean grant = refusal("\"grant_types_supported\": [\"authorization_code\", \"urn:example:grant\"]") == null;
        boolean method = refusal("\"code_challenge_methods_supported\": [\"S256\", \"S512\"]") == null;
        String prompt = refusal("\"prompt_values_supported\": [\"none\", \"login\", \"enroll_passkey\"]");
        System.exit(known && responseMode && grant && method && "Unknown prompt type".equals(prompt) ? 0 : 1);
    }
}
JAVA
ls jars | grep oauth2-oidc-sdk
java -cp 'jars/*' Look.java
