package dev.backlane.gateway.operations;

import dev.backlane.engine.operation.State;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// What an operator can do with an operation.
public enum OperationAction {
  /// End it: a waiting one is never sent; a running one is aborted.
  CANCEL,
  /// Make a new operation with the same call.
  RETRY,
  /// Queue a held one again.
  RESUME,
  /// End a held one with an unknown outcome.
  FAIL;

  /// The actions that are possible in a state.
  public static Set<OperationAction> in(State state) {
    return switch (state) {
      case State.Queued _, State.Running _ -> EnumSet.of(CANCEL);
      case State.Held _ -> EnumSet.of(CANCEL, RESUME, FAIL);
      case State.Ended _ -> EnumSet.of(RETRY);
    };
  }

  /// The word for it in documents and paths.
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }
}
