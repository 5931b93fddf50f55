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

/// A token of the gateway's own: `client-credentials`, kept until shortly before it is over. Who the caller is, a signed
/// header tells. Thread-safe.
public final class GatewayCredentials implements Credentials {
  /// A token is renewed this long before its end, so that it is good for as long as it takes to arrive.
  private static final Duration RENEWED_BEFORE = Duration.ofSeconds(30);

  /// How long a token of unknown lifetime is kept.
  private static final Duration LIFETIME_UNKNOWN = Duration.ofMinutes(1);

  private final TokenEndpoint endpoint;
  private final Optional<IdentityHeader> identity;
  private final InstantSource clock;
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile @Nullable Token token;

  private record Token(String authorization, Instant goodUntil) {}

  /// @param identity tells the upstream on whose behalf a call is made; empty: nothing does
  public GatewayCredentials(
      TokenEndpoint endpoint, Optional<IdentityHeader> identity, InstantSource clock) {
    this.endpoint = endpoint;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public List<Header> of(Operation operation) throws CredentialsException {
    var lines = new ArrayList<Header>();
    lines.add(new Header("Authorization", authorization()));
    identity.ifPresent(header -> lines.add(header.of(operation)));
    return lines;
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
