package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.StagedContent;

/// Sends attempts to the API behind Backlane. Thread-safe.
public interface Upstream {
  /// Sends one attempt and waits for its end: a complete response, a failure, the timeout of the
  /// attempt or its abort. Failures of the network and the upstream are reported by the verdict and
  /// never thrown. Waits before the first byte is sent, such as for a connection, end when the
  /// attempt is recalled ([Attempt#onRecall]).
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
