package dev.backlane.store.postgres.operations;

import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.search.Phase;
import org.jspecify.annotations.Nullable;

/// The column `attention` of `active_operation`, by which searches find operations that wait for
/// another reason than their place in the queue. Stateless.
public final class OperationAttention {
  private static final long LOOKED_FOR = 1;

  private OperationAttention() {}

  /// The value for a state; null if it needs none.
  public static @Nullable Long of(State state) {
    return switch (Phase.of(state)) {
      case RETRYING, HELD -> LOOKED_FOR;
      case QUEUED, RUNNING, FINISHED, FAILED, CANCELED -> null;
    };
  }
}
