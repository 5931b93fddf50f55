package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import java.util.List;

/// What a stored call shows the upstream of its caller, made for the moment in which it is sent. Thread-safe.
@FunctionalInterface
public interface Credentials {
  /// The header lines to send with an operation, such as `Authorization` and `Cookie`. May ask a token endpoint.
  ///
  /// @throws CredentialsException if there are none that are good; nothing is sent then
  List<Header> of(Operation operation) throws CredentialsException;
}
