package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.AuthSection;
import dev.backlane.gateway.auth.AnonymousAuthenticator;
import dev.backlane.gateway.auth.IntrospectingAuthenticator;
import dev.backlane.gateway.auth.JwtAuthenticator;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.auth.Scopes;
import dev.backlane.protocol.openapi.CallerTokens;
import java.time.InstantSource;

/// Constructs the authentication and authorization of callers. Stateless.
final class AuthWiring {
  private AuthWiring() {}

  static RequestAuthorizer authorizer(AuthSection.Mode auth, InstantSource clock) {
    return switch (auth) {
      case AuthSection.None(boolean anyHost) ->
          anyHost
              ? new RequestAuthorizer(new AnonymousAuthenticator(), new Scopes(""))
              : RequestAuthorizer.anonymousOnLoopback();
      case AuthSection.Jwt(var settings, _) ->
          new RequestAuthorizer(
              new JwtAuthenticator(settings, clock), new Scopes(settings.scopePrefix()));
      case AuthSection.Introspection(var settings, var scopePrefix, _) ->
          new RequestAuthorizer(
              new IntrospectingAuthenticator(settings, clock), new Scopes(scopePrefix));
    };
  }

  /// The tokens of callers, as `/openapi.json` describes them.
  static CallerTokens tokens(AuthSection.Mode auth) {
    return switch (auth) {
      case AuthSection.None _ -> new CallerTokens.None();
      case AuthSection.Jwt(var settings, var endpoints) ->
          tokens(settings.scopePrefix(), endpoints);
      case AuthSection.Introspection(_, var scopePrefix, var endpoints) ->
          tokens(scopePrefix, endpoints);
    };
  }

  private static CallerTokens tokens(String scopePrefix, AuthSection.Endpoints endpoints) {
    return endpoints
        .token()
        .<CallerTokens>map(
            url -> new CallerTokens.OAuth(scopePrefix, url, endpoints.authorization()))
        .orElseGet(() -> new CallerTokens.Bearer(scopePrefix));
  }
}
