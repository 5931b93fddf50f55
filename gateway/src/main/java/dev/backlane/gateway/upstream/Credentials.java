package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import java.util.List;

/// Provides the credentials with which a stored call is sent, at the time it is sent. Thread-safe.
@FunctionalInterface
public interface Credentials {
  /// The header fields to send with an operation, such as `Authorization` and `Cookie`. May call a
  /// token endpoint.
  ///
  /// @throws CredentialsException if there are no valid ones; nothing is sent then
  List<Header> of(Operation operation) throws CredentialsException;
}
