package interop;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import tools.jackson.databind.json.JsonMapper;

/** Everything of a login is the framework's; here it is told where its addresses are. */
@Configuration
class Security {

    @Bean
    SecurityFilterChain chain(HttpSecurity http, ClientRegistrationRepository registrations, JsonMapper json) {
        var goodbye = new OidcClientInitiatedLogoutSuccessHandler(registrations);
        goodbye.setPostLogoutRedirectUri("{baseUrl}/bye/{registrationId}");
        return http
            .authorizeHttpRequests(requests -> requests.requestMatchers("/me/*", "/bye/*").permitAll().anyRequest().authenticated())
            .oauth2Login(login -> login
                .authorizationEndpoint(endpoint -> endpoint.authorizationRequestResolver(new Resolver(registrations)))
                .redirectionEndpoint(endpoint -> endpoint.baseUri("/callback/*"))
                .successHandler((request, response, person) ->
                    response.sendRedirect("/me/" + ((OAuth2AuthenticationToken) person).getAuthorizedClientRegistrationId()))
                .failureHandler((request, response, exception) -> {
                    response.setStatus(502);
                    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
                    json.writeValue(response.getWriter(), Map.of("error", codeOf(exception), "description", exception.toString()));
                }))
            .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
            .logout(logout -> logout
                .logoutRequestMatcher(PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.GET, "/logout/*"))
                .logoutSuccessHandler(goodbye))
            .build();
    }

    @Bean
    ClientRegistrationRepository registrations() {
        var logins = RelyingParty.configuration.logins().entrySet().stream();
        return new InMemoryClientRegistrationRepository(logins.map(login -> registration(login.getKey(), login.getValue())).toList());
    }

    private static ClientRegistration registration(String name, RelyingParty.Login login) {
        return ClientRegistrations.fromIssuerLocation(login.issuer())
            .registrationId(name)
            .clientId(login.client_id())
            .clientSecret(login.client_secret())
            .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
            .redirectUri("{baseUrl}/callback/{registrationId}")
            .scope(login.scope().split(" "))
            .build();
    }

    @Bean
    OAuth2AuthorizedClientRepository clients() {
        return new HttpSessionOAuth2AuthorizedClientRepository();
    }

    /** Refreshes whatever it is asked for: no access token is good for another day. */
    @Bean
    OAuth2AuthorizedClientManager manager(
            ClientRegistrationRepository registrations, OAuth2AuthorizedClientRepository clients, ApplicationEventPublisher events) {
        var manager = new DefaultOAuth2AuthorizedClientManager(registrations, clients);
        manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
            .refreshToken(refresh -> refresh.clockSkew(Duration.ofDays(1)).eventPublisher(events))
            .build());
        return manager;
    }

    private static String codeOf(AuthenticationException exception) {
        return exception instanceof OAuth2AuthenticationException refused ? refused.getError().getErrorCode() : exception.getMessage();
    }

    /** The framework's request for a login, with what the issuer or the address of the link wants besides. */
    private static class Resolver implements OAuth2AuthorizationRequestResolver {

        private final OAuth2AuthorizationRequestResolver made;

        Resolver(ClientRegistrationRepository registrations) {
            made = new DefaultOAuth2AuthorizationRequestResolver(registrations, "/start");
        }

        @Override
        public OAuth2AuthorizationRequest resolve(HttpServletRequest request) {
            return extended(made.resolve(request), request);
        }

        @Override
        public OAuth2AuthorizationRequest resolve(HttpServletRequest request, String registrationId) {
            return extended(made.resolve(request, registrationId), request);
        }

        private static OAuth2AuthorizationRequest extended(OAuth2AuthorizationRequest asked, HttpServletRequest request) {
            if (asked == null) {
                return null;
            }
            String name = asked.getAttribute(OAuth2ParameterNames.REGISTRATION_ID);
            Map<String, Object> parameters = new HashMap<>(asked.getAdditionalParameters());
            parameters.putAll(RelyingParty.configuration.logins().get(name).parameters());
            request.getParameterMap().forEach((parameter, values) -> parameters.put(parameter, values[0]));
            return OAuth2AuthorizationRequest.from(asked).additionalParameters(parameters).build();
        }
    }
}
