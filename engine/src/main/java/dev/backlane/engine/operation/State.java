package dev.backlane.engine.operation;

import java.time.Instant;
import java.util.Optional;

/// Where an operation stands. Immutable; [Lifecycle] alone decides what follows what.
public sealed interface State {
  /// The attempt that runs, ran last or comes next; counts from 1.
  int attempt();

  /// When the first attempt started; empty before it.
  Optional<Instant> startedAt();

  /// Waits for a worker, not before `dueAt`.
  record Queued(int attempt, Instant dueAt, Optional<Instant> startedAt) implements State {}

  /// An attempt is under way, or was when its holder died.
  record Running(int attempt, Optional<Instant> startedAt, Lease lease) implements State {}

  /// A state that nothing follows.
  sealed interface Ended extends State {
    /// When the operation ended.
    Instant endedAt();
  }

  /// The upstream gave an answer, whatever its status.
  record Finished(int attempt, Optional<Instant> startedAt, Instant endedAt, Response reply)
      implements Ended {}

  /// No answer can be given, for `reason`.
  record Failed(int attempt, Optional<Instant> startedAt, Instant endedAt, String reason)
      implements Ended {}

  /// The caller called it off; `reason` says whether the upstream may have acted.
  record Canceled(int attempt, Optional<Instant> startedAt, Instant endedAt, String reason)
      implements Ended {}
}
