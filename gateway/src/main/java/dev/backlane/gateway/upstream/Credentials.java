package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import java.util.List;

/// Opens what intake sealed, for the moment in which it is sent. Thread-safe.
public interface Credentials {
  /// The header lines that were sealed for this operation, such as `Authorization` and `Cookie`; none for
  /// [SealedCredentials#NONE].
  ///
  /// @throws IllegalStateException if they cannot be opened: another key, another operation, or damage
  List<Header> open(SealedCredentials sealed, OperationId id);
}
