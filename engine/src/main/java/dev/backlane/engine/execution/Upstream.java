package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.StagedContent;

/// Sends attempts to the API behind Backlane. Thread-safe.
public interface Upstream {
  /// Sends one attempt and waits for its end: a complete response, a fault, the attempt's timeout
  /// or its abort. Faults of the network and the upstream are never thrown; the verdict reports
  /// them.
  Outcome send(Attempt attempt);

  /// The result of an attempt. The worker closes it after it is settled.
  ///
  /// @param response the response's body; empty if there is none
  record Outcome(Verdict verdict, StagedContent response) implements AutoCloseable {
    /// An outcome without a response.
    public static Outcome without(Verdict verdict) {
      return new Outcome(verdict, StagedContent.empty());
    }

    @Override
    public void close() {
      response.close();
    }
  }
}
