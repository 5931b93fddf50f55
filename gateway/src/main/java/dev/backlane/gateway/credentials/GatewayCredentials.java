package dev.backlane.gateway.credentials;

import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.gateway.upstream.Credentials;
import dev.backlane.gateway.upstream.CredentialsException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A token of the gateway's own: `client-credentials`, cached until shortly before it expires. A
/// signed header identifies the caller. Thread-safe.
public final class GatewayCredentials implements Credentials {
  /// A token is renewed this long before it expires, so that it is still valid when it arrives.
  private static final Duration RENEWED_BEFORE = Duration.ofSeconds(30);

  /// How long a token of unknown lifetime is cached.
  private static final Duration LIFETIME_UNKNOWN = Duration.ofMinutes(1);

  private final TokenEndpoint endpoint;
  private final Optional<IdentityHeader> identity;
  private final InstantSource clock;
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile @Nullable Token token;

  private record Token(String authorization, Instant goodUntil) {}

  /// @param identity the signed header that identifies the caller to the upstream; empty: not sent
  public GatewayCredentials(
      TokenEndpoint endpoint, Optional<IdentityHeader> identity, InstantSource clock) {
    this.endpoint = endpoint;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public List<Header> of(Operation operation) throws CredentialsException {
    var headers = new ArrayList<Header>();
    headers.add(new Header("Authorization", authorization()));
    identity.ifPresent(header -> headers.add(header.of(operation)));
    return headers;
  }

  private String authorization() throws CredentialsException {
    var present = token;
    if (present != null && clock.instant().isBefore(present.goodUntil())) {
      return present.authorization();
    }
    renewing.lock();
    try {
      present = token;
      if (present == null || !clock.instant().isBefore(present.goodUntil())) {
        present = fetched();
        token = present;
      }
      return present.authorization();
    } finally {
      renewing.unlock();
    }
  }

  private Token fetched() throws CredentialsException {
    var now = clock.instant();
    var access = endpoint.token(new ClientCredentialsGrant());
    var lifetime =
        access.getLifetime() > 0
            ? Duration.ofSeconds(access.getLifetime()).minus(RENEWED_BEFORE)
            : LIFETIME_UNKNOWN;
    return new Token(access.toAuthorizationHeader(), now.plus(lifetime));
  }
}
