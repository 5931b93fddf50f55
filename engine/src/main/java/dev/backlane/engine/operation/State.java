package dev.backlane.engine.operation;

import java.time.Instant;
import java.util.Optional;

/// The state of an operation. Immutable; only [Lifecycle] decides transitions.
public sealed interface State {
  /// The number of the next, current or last attempt, from 1.
  int attempt();

  /// When the first attempt started; empty before it.
  Optional<Instant> startedAt();

  /// Waits for a worker, at least until `dueAt`.
  ///
  /// @param lastError why the last attempt did not end the operation; empty before the first one
  record Queued(int attempt, Instant dueAt, Optional<Instant> startedAt, Optional<String> lastError)
      implements State {}

  /// Waits, and is not executed: the store is a copy of another one, in which the operation may
  /// have been executed already. An operator releases or ends it.
  ///
  /// @param queued the state to return to
  record Held(Queued queued) implements State {
    @Override
    public int attempt() {
      return queued.attempt();
    }

    @Override
    public Optional<Instant> startedAt() {
      return queued.startedAt();
    }
  }

  /// An attempt is in flight, or was when its process died.
  record Running(int attempt, Optional<Instant> startedAt, Lease lease) implements State {}

  /// A final state.
  sealed interface Ended extends State {
    /// When the operation ended.
    Instant endedAt();
  }

  /// The upstream responded, with any status.
  record Finished(int attempt, Optional<Instant> startedAt, Instant endedAt, Response response)
      implements Ended {}

  /// Ended without a response; `code` and `reason` say why.
  record Failed(
      int attempt, Optional<Instant> startedAt, Instant endedAt, ErrorCode code, String reason)
      implements Ended {}

  /// The caller canceled it; `reason` says whether the upstream may have acted.
  record Canceled(int attempt, Optional<Instant> startedAt, Instant endedAt, String reason)
      implements Ended {}
}
