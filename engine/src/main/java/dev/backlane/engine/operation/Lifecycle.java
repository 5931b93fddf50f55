package dev.backlane.engine.operation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Decides every successor state. Pure: no clock, no store, no log, no randomness of its own.
///
/// ```text
/// accept ─▶ Queued ─▶ Running ─▶ Finished     an answer, whatever its status
///              ▲  │       │ ├──▶ Failed       no answer can be given
///              │  │       │ └──▶ Canceled     broken off by the caller
///              │  └───────┼────▶ Canceled     never sent
///              └──────────┘ retry
/// ```
public final class Lifecycle {
  /// How an `errorMessage` begins when the upstream may or may not have acted.
  public static final String OUTCOME_UNKNOWN = "Outcome unknown";

  private static final int UNAUTHORIZED = 401;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVICE_UNAVAILABLE = 503;

  private Lifecycle() {}

  /// How an operation begins when no worker is free.
  public static State.Queued queued(Instant now) {
    return new State.Queued(1, now, Optional.empty());
  }

  /// How an operation begins when a worker is free: accepted and started in one commit.
  public static State.Running startedAtOnce(Lease lease, Instant now) {
    return new State.Running(1, Optional.of(now), lease);
  }

  /// A worker takes a due operation.
  public static State.Running start(State.Queued queued, Lease lease, Instant now) {
    return new State.Running(queued.attempt(), Optional.of(queued.startedAt().orElse(now)), lease);
  }

  /// What follows an attempt.
  ///
  /// @param operation one that is [State.Running]
  /// @param jitter at least 0, less than 1: the share of the back-off that is waited
  public static State after(
      Operation operation, Verdict verdict, RetryPolicy retry, Instant now, double jitter) {
    var run = running(operation);
    return switch (verdict) {
      case Verdict.Responded(var reply, var retryAfter) ->
          repeatedAfter(operation, reply, retryAfter, retry)
              ? retryOr(
                  operation,
                  retry,
                  now,
                  wait(run, retryAfter, retry, jitter),
                  finished(run, reply, now))
              : finished(run, reply, now);
      case Verdict.NotSent(var cause) ->
          retryOr(
              operation,
              retry,
              now,
              retry.backoff(run.attempt(), jitter),
              failed(run, "Upstream not reached: " + cause, now));
      // The upstream may have acted; repeating could post an invoice twice.
      case Verdict.Unknown(var cause) -> {
        var unknown = failed(run, OUTCOME_UNKNOWN + ": " + cause, now);
        yield mayRepeat(operation, retry)
            ? retryOr(operation, retry, now, retry.backoff(run.attempt(), jitter), unknown)
            : unknown;
      }
      case Verdict.Unusable(var cause) -> failed(run, cause, now);
    };
  }

  /// What becomes of an operation whose worker died with its process.
  ///
  /// @param operation one that is [State.Running] under a lease that nobody holds any more
  public static State abandoned(Operation operation, RetryPolicy retry, Instant now) {
    var cause =
        new Verdict.Unknown(
            "the gateway stopped while the request was under way; the upstream may have acted on it");
    return after(operation, cause, retry, now, 0);
  }

  /// What becomes of an operation that was never sent although it was started: its turn comes again, as the same attempt.
  public static State.Queued requeued(Operation operation, Instant now) {
    var run = running(operation);
    return new State.Queued(run.attempt(), now, run.startedAt());
  }

  /// What a cancel leads to; empty where the operation has ended already.
  public static Optional<State> canceled(Operation operation, Instant now) {
    return switch (operation.state()) {
      case State.Queued queued ->
          Optional.of(
              new State.Canceled(
                  queued.attempt(), queued.startedAt(), now, canceledReason(queued)));
      case State.Running run ->
          Optional.of(
              new State.Canceled(
                  run.attempt(),
                  run.startedAt(),
                  now,
                  "Canceled while it was running: the request was broken off, and the upstream may have acted on it."));
      case State.Ended _ -> Optional.empty();
    };
  }

  private static String canceledReason(State.Queued queued) {
    return queued.attempt() == 1
        ? "Canceled before it was sent: the upstream has not seen the request."
        : "Canceled between two attempts: no further attempt is made.";
  }

  private static boolean repeatedAfter(
      Operation operation, Response reply, Optional<Duration> retryAfter, RetryPolicy retry) {
    int status = reply.statusCode();
    if (status == UNAUTHORIZED) {
      // The stored token does not get better by being sent again, and may lock its owner out.
      return false;
    }
    // Both say that nothing was done.
    boolean putOff =
        status == TOO_MANY_REQUESTS || status == SERVICE_UNAVAILABLE && retryAfter.isPresent();
    return putOff || retry.retryOn().contains(status) && mayRepeat(operation, retry);
  }

  private static boolean mayRepeat(Operation operation, RetryPolicy retry) {
    return retry.repeatable() || operation.request().idempotent();
  }

  private static Duration wait(
      State.Running run, Optional<Duration> retryAfter, RetryPolicy retry, double jitter) {
    return retryAfter.map(retry::capped).orElseGet(() -> retry.backoff(run.attempt(), jitter));
  }

  private static State retryOr(
      Operation operation, RetryPolicy retry, Instant now, Duration wait, State otherwise) {
    var run = running(operation);
    var due = now.plus(wait);
    boolean attemptsLeft = run.attempt() < retry.maxAttempts();
    boolean timeLeft = due.isBefore(operation.id().receivedAt().plus(retry.maxDuration()));
    return attemptsLeft && timeLeft
        ? new State.Queued(run.attempt() + 1, due, run.startedAt())
        : otherwise;
  }

  private static State.Finished finished(State.Running run, Response reply, Instant now) {
    return new State.Finished(run.attempt(), run.startedAt(), now, reply);
  }

  private static State.Failed failed(State.Running run, String reason, Instant now) {
    return new State.Failed(run.attempt(), run.startedAt(), now, reason);
  }

  private static State.Running running(Operation operation) {
    if (operation.state() instanceof State.Running run) {
      return run;
    }
    throw new IllegalStateException(
        "operation " + operation.id() + " is not running: " + operation.state());
  }
}
