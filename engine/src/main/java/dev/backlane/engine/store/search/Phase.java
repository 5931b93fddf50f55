package dev.backlane.engine.store.search;

import dev.backlane.engine.operation.State;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What an operation is doing, as callers and operators see it.
public enum Phase {
  /// Waits for its first attempt.
  QUEUED,
  /// Waits for another attempt.
  RETRYING,
  /// An attempt is in flight.
  RUNNING,
  /// Waits for the decision of an operator, since the store is a copy.
  HELD,
  /// The upstream responded.
  FINISHED,
  /// It ended without a response.
  FAILED,
  /// It was canceled.
  CANCELED;

  /// The phase of a state.
  public static Phase of(State state) {
    return switch (state) {
      case State.Queued queued -> retrying(queued) ? RETRYING : QUEUED;
      case State.Held _ -> HELD;
      case State.Running _ -> RUNNING;
      case State.Finished _ -> FINISHED;
      case State.Failed _ -> FAILED;
      case State.Canceled _ -> CANCELED;
    };
  }

  private static boolean retrying(State.Queued queued) {
    return queued.attempt() > 1 || queued.lastError().isPresent();
  }

  /// The phase of a name in documents; empty if there is none.
  public static Optional<Phase> named(String wire) {
    return Arrays.stream(values()).filter(phase -> phase.wire().equals(wire)).findFirst();
  }

  /// Its name in documents.
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether operations in this phase have ended.
  public boolean ended() {
    return this == FINISHED || this == FAILED || this == CANCELED;
  }
}
