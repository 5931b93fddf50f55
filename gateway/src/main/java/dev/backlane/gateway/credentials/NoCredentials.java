package dev.backlane.gateway.credentials;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.gateway.upstream.Credentials;
import java.util.List;
import java.util.Optional;

/// Nothing of the caller's is sent: `none`, for an upstream that trusts the gateway's network. Who the caller is, a signed
/// header tells. Thread-safe.
public final class NoCredentials implements Credentials {
  private final Optional<IdentityHeader> identity;

  /// @param identity empty: nothing tells who the caller is
  public NoCredentials(Optional<IdentityHeader> identity) {
    this.identity = identity;
  }

  @Override
  public List<Header> of(Operation operation) {
    return identity.map(header -> List.of(header.of(operation))).orElse(List.of());
  }
}
