package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.AuthSection;
import dev.backlane.app.config.sections.CredentialsSection;
import dev.backlane.gateway.auth.AnonymousAuthenticator;
import dev.backlane.gateway.auth.IntrospectingAuthenticator;
import dev.backlane.gateway.auth.JwtAuthenticator;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.auth.Scopes;
import dev.backlane.gateway.credentials.CallerTokenCheck;
import dev.backlane.protocol.openapi.CallerTokens;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Constructs the authentication and authorization of callers. Stateless.
final class AuthWiring {
  private static final Logger LOG = LoggerFactory.getLogger(AuthWiring.class);

  private AuthWiring() {}

  /// @param tls keys and trusted authorities in connections to issuers
  static RequestAuthorizer authorizer(
      AuthSection.Mode auth, Supplier<SSLContext> tls, InstantSource clock) {
    return switch (auth) {
      case AuthSection.None(boolean anyHost) ->
          anyHost
              ? new RequestAuthorizer(new AnonymousAuthenticator(), new Scopes(List.of()))
              : RequestAuthorizer.anonymousOnLoopback();
      case AuthSection.Jwt(var settings, var scopePrefixes, _) ->
          new RequestAuthorizer(
              new JwtAuthenticator(settings, tls, clock), new Scopes(scopePrefixes));
      case AuthSection.Introspection(var settings, var scopePrefixes, _) -> {
        if (settings.expected().audiences().isEmpty()) {
          LOG.warn(
              "auth.any-audience is set: tokens for every audience of the issuer are accepted");
        }
        yield new RequestAuthorizer(
            new IntrospectingAuthenticator(settings, tls, clock), new Scopes(scopePrefixes));
      }
    };
  }

  /// Whether background calls are sent with the token of their caller.
  static CallerTokenCheck tokenCheck(CredentialsSection.Mode credentials, InstantSource clock) {
    var use =
        switch (credentials) {
          case CredentialsSection.Forward _ -> CallerTokenCheck.Use.FORWARDED;
          case CredentialsSection.TokenExchange _ -> CallerTokenCheck.Use.EXCHANGED;
          case CredentialsSection.ClientCredentials _, CredentialsSection.None _ ->
              CallerTokenCheck.Use.NONE;
        };
    return new CallerTokenCheck(use, clock);
  }

  /// The tokens of callers, as `/openapi.json` describes them.
  static CallerTokens tokens(AuthSection.Mode auth) {
    return switch (auth) {
      case AuthSection.None _ -> new CallerTokens.None();
      case AuthSection.Jwt(_, var scopePrefixes, var endpoints) -> tokens(scopePrefixes, endpoints);
      case AuthSection.Introspection(_, var scopePrefixes, var endpoints) ->
          tokens(scopePrefixes, endpoints);
    };
  }

  private static CallerTokens tokens(List<String> scopePrefixes, AuthSection.Endpoints endpoints) {
    return endpoints
        .token()
        .<CallerTokens>map(
            url -> new CallerTokens.OAuth(scopePrefixes, url, endpoints.authorization()))
        .orElseGet(() -> new CallerTokens.Bearer(scopePrefixes));
  }
}
