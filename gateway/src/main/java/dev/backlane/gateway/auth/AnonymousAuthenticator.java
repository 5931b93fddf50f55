package dev.backlane.gateway.auth;

import dev.backlane.engine.operation.Caller;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Accepts every request as [Caller#ANONYMOUS]: `auth.mode: none`. Stateless.
public final class AnonymousAuthenticator implements Authenticator {
  private static final Authentication ANONYMOUS =
      new Authentication.Authenticated(Caller.ANONYMOUS, Set.of(), Instant.MAX);

  @Override
  public Authentication authenticate(@Nullable String authorizationHeader) {
    return ANONYMOUS;
  }
}
