package dev.backlane.engine.execution;

import dev.backlane.engine.background.ProcessEndedError;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs attempts, each on its own thread. Steps of one attempt:
///
/// 1. Check the time. If it is over, end the operation without an attempt.
/// 2. Verify the request's content, and register the attempt so that it can be aborted. A content
///    that is damaged is never sent, and ends the operation.
/// 3. Check the lease. If this process is stopping, or another may have taken over the operation,
///    requeue the operation instead of sending it.
/// 4. Send the request and wait for the outcome ([Upstream]).
/// 5. Settle the outcome ([Settlement]). If the process stops and nothing was sent, requeue the
///    operation instead.
/// 6. Adapt the concurrency limits, and release the permit and the lease.
///
/// A worker that fails before step 5 leaves the operation running in the store; [Takeover] finds it
/// at its next check. Thread-safe.
final class Worker {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /// The verdict, for the limits, of an attempt that was not made or aborted.
  private static final Verdict NOT_MADE =
      new Verdict.NotSent(
          Obstacle.PROCESS, "the process is stopping, or must not execute the operation");

  private final Upstream upstream;
  private final AttemptsInFlight attempts;
  private final Settlement settlement;
  private final Threads threads;
  private final Map<OperationId, Long> startNanos = new ConcurrentHashMap<>();

  /// Whether attempts that are not sent yet are requeued.
  private volatile boolean requeuing;

  Worker(Upstream upstream, AttemptsInFlight attempts, Settlement settlement, Threads threads) {
    this.upstream = upstream;
    this.attempts = attempts;
    this.settlement = settlement;
    this.threads = threads;
  }

  /// Starts the attempt of an operation whose start is durable, and releases the permit at its end.
  ///
  /// @param body reads the request's content
  void start(Operation running, Supplier<StoredContent> body, Permit permit) {
    permit.use();
    threads.start("worker", () -> run(running, body, permit));
  }

  private void run(Operation running, Supplier<StoredContent> body, Permit permit) {
    startNanos.put(running.id(), threads.nanoTime());
    try {
      if (settlement.expired(running)) {
        permit.unused();
        settlement.expire(running, permit.outage());
      } else {
        long startedNanos = threads.nanoTime();
        settlement.counters().started(running);
        permit.attemptEnded(startedNanos, attempt(running, body, permit, startedNanos));
      }
    } catch (RuntimeException | Error failure) {
      ProcessEndedError.passOn(failure);
      LOG.error(
          "The worker of operation {} failed; the next check for lost operations requeues or ends it",
          running.id(),
          failure);
    } finally {
      startNanos.remove(running.id());
      permit.release();
    }
  }

  private Verdict attempt(
      Operation running, Supplier<StoredContent> stored, Permit permit, long startedNanos) {
    StoredContent body;
    try {
      body = stored.get();
      body.verify(0, body.length());
    } catch (StoreException unreadable) {
      return settleUnreadable(running, unreadable, startedNanos);
    }
    var attempt = attempts.begin(running, body);
    attempt.onReached(() -> permit.reached(startedNanos));
    boolean settled = true;
    try {
      if (requeuing || !permit.mayBegin()) {
        // Another process may send the request; two attempts at once would repeat the call.
        settlement.requeue(running);
        return NOT_MADE;
      }
      settled = false;
      try (var outcome = send(attempt)) {
        if (outcome.verdict() instanceof Verdict.NotSent && attempt.recalled()) {
          // Due at once, since another process can send it now.
          settled = true;
          settlement.requeue(running);
          return NOT_MADE;
        }
        settled = settlement.settle(running, outcome, since(startedNanos));
        // What an aborted attempt ran into says nothing about the upstream.
        return attempt.aborted() ? NOT_MADE : outcome.verdict();
      }
    } finally {
      if (settled) {
        attempts.end(attempt);
      }
    }
  }

  /// Settles an attempt whose request cannot be read from the store; nothing was sent.
  private Verdict settleUnreadable(
      Operation running, StoreException unreadable, long startedNanos) {
    Verdict verdict;
    if (unreadable instanceof StoreException.Damaged) {
      LOG.error(
          "Operation {} ends without being sent, since its stored request is damaged: {}",
          running.id(),
          unreadable.getMessage());
      verdict =
          new Verdict.Unusable(
              ErrorCode.CONTENT_DAMAGED,
              "The stored request is damaged, so it was not sent; send the call again.");
    } else {
      LOG.warn(
          "The stored request of operation {} cannot be read now: {}",
          running.id(),
          unreadable.getMessage());
      verdict =
          new Verdict.NotSent(
              Obstacle.RESOURCES, "the stored request cannot be read now, so it was not sent");
    }
    var _ = settlement.settle(running, Upstream.Outcome.without(verdict), since(startedNanos));
    return verdict;
  }

  private Duration since(long startedNanos) {
    return Duration.ofNanos(threads.nanoTime() - startedNanos);
  }

  // A failure of the gateway must not leave the operation running without end. Whether the upstream
  // has received the request is unknown.
  private Upstream.Outcome send(Attempt attempt) {
    try {
      return upstream.send(attempt);
    } catch (RuntimeException | Error failure) {
      ProcessEndedError.passOn(failure);
      LOG.error("Sending operation {} failed in the gateway", attempt.operation().id(), failure);
      return Upstream.Outcome.without(
          new Verdict.Unknown("the gateway itself failed while the request was in flight"));
    }
  }

  /// How long the oldest attempt has been in flight; zero if none is.
  Duration oldest() {
    long now = threads.nanoTime();
    return Duration.ofNanos(
        startNanos.values().stream().mapToLong(start -> now - start).max().orElse(0));
  }

  /// Requeues operations that are not sent yet, also those that wait for a connection to the
  /// upstream; attempts that were sent continue.
  void requeueUnsent() {
    // The order matters, as in stop.
    requeuing = true;
    attempts.recallUnsent();
  }

  /// Aborts all attempts, requeues operations that are not sent yet, and stops retrying outcomes
  /// that could not be stored.
  void stop() {
    // The order matters: an attempt that is registered after the abort reads the flag before it is
    // sent.
    requeueUnsent();
    settlement.stop();
    attempts.abortAll();
  }
}
