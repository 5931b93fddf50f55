package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.AuthSection;
import dev.backlane.gateway.auth.AnonymousAuthenticator;
import dev.backlane.gateway.auth.IntrospectingAuthenticator;
import dev.backlane.gateway.auth.JwtAuthenticator;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.auth.Scopes;
import java.time.InstantSource;

/// Constructs the authentication and authorization of callers. Stateless.
final class AuthWiring {
  private AuthWiring() {}

  static RequestAuthorizer authorizer(AuthSection.Mode auth, InstantSource clock) {
    return switch (auth) {
      case AuthSection.None _ ->
          new RequestAuthorizer(new AnonymousAuthenticator(), new Scopes(""));
      case AuthSection.Jwt(var settings) ->
          new RequestAuthorizer(
              new JwtAuthenticator(settings, clock), new Scopes(settings.scopePrefix()));
      case AuthSection.Introspection(var settings, var scopePrefix) ->
          new RequestAuthorizer(
              new IntrospectingAuthenticator(settings, clock), new Scopes(scopePrefix));
    };
  }
}
