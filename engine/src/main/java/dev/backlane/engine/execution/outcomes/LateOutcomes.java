package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports outcomes that arrive after another process has changed their operation. They are
/// discarded, since an ended operation does not change; the log is the only place that has them.
/// Stateless.
public final class LateOutcomes {
  private static final Logger LOG = LoggerFactory.getLogger(LateOutcomes.class);

  private LateOutcomes() {}

  /// Reports an outcome of this process.
  ///
  /// @param found the operation as stored now
  /// @param running the version to which the outcome belongs
  public static void report(Optional<Operation> found, Operation running, Verdict verdict) {
    if (verdict instanceof Verdict.Responded responded
        && !isOwn(found, running.version(), responded)) {
      LOG.info(
          "The upstream responded with {} to operation {} after another process had settled it ({});"
              + " the response is discarded",
          responded.response().statusCode(),
          running.id(),
          state(found));
    } else {
      LOG.debug("The outcome of operation {} is stored already, or discarded", running.id());
    }
  }

  /// Reports an outcome that an earlier process on this machine held.
  ///
  /// @param found the operation as stored now
  public static void reportHeld(Optional<Operation> found, HeldOutcome.Key key, Verdict verdict) {
    if (!(verdict instanceof Verdict.Responded responded)
        || isOwn(found, key.version(), responded)) {
      LOG.debug("The held outcome of operation {} is stored already, or discarded", key.id());
    } else if (endedUnknown(found)) {
      LOG.warn(
          "Operation {} has ended with an unknown outcome, and an earlier process on this machine had"
              + " received the response: status {}, {} bytes. An ended operation does not change;"
              + " the response is discarded",
          key.id(),
          responded.response().statusCode(),
          responded.response().contentLength());
    } else {
      LOG.info(
          "The response {} to operation {} that an earlier process held is discarded; the operation is"
              + " now: {}",
          responded.response().statusCode(),
          key.id(),
          state(found));
    }
  }

  /// Whether the stored version follows from this outcome: an earlier write succeeded although it
  /// was reported as failed.
  private static boolean isOwn(
      Optional<Operation> found, long version, Verdict.Responded responded) {
    return found.isPresent()
        && found.get().version() == version + 1
        && found.get().state() instanceof State.Finished finished
        && finished.response().statusCode() == responded.response().statusCode();
  }

  private static boolean endedUnknown(Optional<Operation> found) {
    return found.isPresent()
        && found.get().state() instanceof State.Failed failed
        && failed.code() == ErrorCode.OUTCOME_UNKNOWN;
  }

  private static String state(Optional<Operation> found) {
    return found
        .map(operation ->
            operation.state() instanceof State.Failed failed
                ? "Failed: " + failed.reason()
                : operation.state().getClass().getSimpleName())
        .orElse("pruned");
  }
}
