package dev.backlane.gateway.credentials;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.gateway.upstream.Credentials;
import java.util.List;
import java.util.Optional;

/// No credentials of the caller are sent: `none`, for an upstream that trusts the gateway's
/// network. A signed header identifies the caller. Thread-safe.
public final class NoCredentials implements Credentials {
  private final Optional<IdentityHeader> identity;

  /// @param identity empty: the caller is not identified
  public NoCredentials(Optional<IdentityHeader> identity) {
    this.identity = identity;
  }

  @Override
  public List<Header> of(Operation operation) {
    return identity.map(header -> List.of(header.of(operation))).orElse(List.of());
  }
}
