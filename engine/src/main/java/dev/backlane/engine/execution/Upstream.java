package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.StagedContent;

/// The API behind Backlane, as the worker sees it. Thread-safe.
public interface Upstream {
  /// Sends one attempt and waits for its end: a whole answer, a fault, the attempt's time-out or its abort. Never throws for
  /// what the network or the upstream does; what is known afterwards is the verdict.
  Outcome send(Attempt attempt);

  /// What came of an attempt. Closed by the worker once it is settled.
  ///
  /// @param response the answer's body; empty where there is none
  record Outcome(Verdict verdict, StagedContent response) implements AutoCloseable {
    /// An outcome without an answer.
    public static Outcome without(Verdict verdict) {
      return new Outcome(verdict, StagedContent.empty());
    }

    @Override
    public void close() {
      response.close();
    }
  }
}
