package dev.backlane.engine.operation;

import dev.backlane.engine.operation.history.PastAttempt;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Decides every state transition of an operation. Pure: no clock, store, log or randomness of its
/// own.
///
/// ```text
/// accept ─▶ Queued ─▶ Running ─▶ Finished     a response, whatever its status
///              ▲  │       │ ├──▶ Failed       no response
///              │  │       │ └──▶ Canceled     aborted by the caller
///              │  └───────┼────▶ Canceled     not sent
///              └──────────┘ retry
///
///       Queued ◀──▶ Held    in a copy of a store; Held ─▶ Failed or Canceled
/// ```
public final class Lifecycle {
  /// The start of an `errorMessage` if the upstream may or may not have acted.
  public static final String OUTCOME_UNKNOWN = "Outcome unknown";

  private static final String NOT_STORED =
      "The gateway could not store the outcome of this call; the upstream may have acted on it.";
  private static final String UNREADABLE =
      "The gateway could not read the stored call; the upstream may have acted on it.";
  private static final String UNREACHABLE = "Upstream unreachable";
  private static final String NOT_SENT = "Not sent";

  private static final int UNAUTHORIZED = 401;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVICE_UNAVAILABLE = 503;

  private Lifecycle() {}

  /// The first state if no permit is free.
  public static State.Queued queued(Instant now) {
    return new State.Queued(1, now, Optional.empty(), Optional.empty());
  }

  /// The first state if a permit is free: accepted and started in one commit.
  public static State.Running startedAtOnce(Lease lease, Instant now) {
    return new State.Running(1, Optional.of(now), lease);
  }

  /// The state after a due operation was claimed.
  public static State.Running start(State.Queued queued, Lease lease, Instant now) {
    return new State.Running(queued.attempt(), Optional.of(queued.startedAt().orElse(now)), lease);
  }

  /// The state after an attempt.
  ///
  /// @param operation in the state [State.Running]
  /// @param jitter at least 0, less than 1: the share of the backoff to wait
  public static State after(
      Operation operation, Verdict verdict, RetryPolicy retry, Instant now, double jitter) {
    var run = running(operation);
    return switch (verdict) {
      case Verdict.Responded(var response, var retryAfter) ->
          repeatedAfter(operation, response, retryAfter, retry)
              ? retryOr(
                  operation,
                  retry,
                  now,
                  wait(run, retryAfter, retry, jitter),
                  PastAttempt.responded(response.statusCode()),
                  finished(run, response, now))
              : finished(run, response, now);
      case Verdict.NotSent(var obstacle, var cause) ->
          afterUnsent(operation, obstacle, cause, retry, now, jitter);
      // The upstream may have acted; repeating the call could post an invoice twice.
      case Verdict.Unknown(var cause) -> {
        var unknown = failed(run, ErrorCode.OUTCOME_UNKNOWN, OUTCOME_UNKNOWN + ": " + cause, now);
        yield mayRepeat(operation, retry)
            ? retryOr(operation, retry, now, retry.backoff(run.attempt(), jitter), cause, unknown)
            : unknown;
      }
      case Verdict.Unusable(var code, var cause) -> failed(run, code, cause, now);
    };
  }

  /// The state after the process that ran the attempt has died.
  ///
  /// @param operation in the state [State.Running] under an expired lease
  public static State abandoned(Operation operation, RetryPolicy retry, Instant now) {
    var cause =
        new Verdict.Unknown(
            "the gateway stopped while the request was in flight; the upstream may have acted on it");
    return after(operation, cause, retry, now, 0);
  }

  /// The state of an operation that was started and not sent: queued again, as the same attempt.
  public static State.Queued requeued(Operation operation, Instant now) {
    var run = running(operation);
    return new State.Queued(run.attempt(), now, run.startedAt(), lastError(operation));
  }

  /// The state of a running operation whose outcome the store refuses, so that it is never stored.
  ///
  /// @param operation in the state [State.Running]
  public static State.Failed setAside(Operation operation, Instant now) {
    return failed(running(operation), ErrorCode.INTERNAL, NOT_STORED, now);
  }

  /// The state of an operation that cannot be read, so that nothing else is known of it.
  public static State.Failed unreadable(Instant now) {
    return new State.Failed(1, Optional.empty(), now, ErrorCode.INTERNAL, UNREADABLE);
  }

  /// Whether the time of an operation is over: no attempt may begin.
  public static boolean expired(Operation operation, RetryPolicy retry, Instant now) {
    return !now.isBefore(deadline(operation, retry));
  }

  /// The state of an operation that was started and not sent, and whose time is over.
  ///
  /// @param operation in the state [State.Running]
  /// @param outage the present outage of the upstream, if there is one
  public static State.Failed afterExpiry(
      Operation operation, Optional<Outage> outage, RetryPolicy retry, Instant now) {
    var run = running(operation);
    var over = timeOver(operation, retry);
    return outage
        .map(present ->
            unsent(
                run,
                ErrorCode.UPSTREAM_UNREACHABLE,
                UNREACHABLE + " since " + present.since() + ": " + present.cause() + "; " + over,
                now))
        .orElseGet(
            () -> unsent(run, ErrorCode.DEADLINE_EXCEEDED, notSent(operation, run) + over, now));
  }

  private static String notSent(Operation operation, State.Running run) {
    return lastError(operation)
        .map(error -> NOT_SENT + (run.attempt() == 1 ? since(run) : " again") + ": " + error + "; ")
        .orElse(NOT_SENT + ": ");
  }

  /// Since when nothing was sent; empty if an earlier attempt may have reached the upstream.
  private static String since(State.Running run) {
    return run.attempt() == 1 ? run.startedAt().map(first -> " since " + first).orElse("") : "";
  }

  /// Why the last attempt did not end the operation; empty if no attempt is over.
  private static Optional<String> lastError(Operation operation) {
    var attempts = operation.attempts();
    return attempts.isEmpty() ? Optional.empty() : Optional.of(attempts.getLast().cause());
  }

  /// The state of a queued operation in a store that is a copy: held, unless it does no harm to
  /// execute it a second time. Empty if nothing changes.
  public static Optional<State> held(Operation operation, RetryPolicy retry) {
    return operation.state() instanceof State.Queued queued && !mayRepeat(operation, retry)
        ? Optional.of(new State.Held(queued))
        : Optional.empty();
  }

  /// The state of a held operation that an operator releases; empty if it is not held.
  public static Optional<State> released(Operation operation) {
    return operation.state() instanceof State.Held held
        ? Optional.of(held.queued())
        : Optional.empty();
  }

  /// The state of a held operation that an operator ends; empty if it is not held.
  public static Optional<State> heldFailed(Operation operation, Instant now) {
    return operation.state() instanceof State.Held held
        ? Optional.of(
            new State.Failed(
                held.attempt(),
                held.startedAt(),
                now,
                ErrorCode.OUTCOME_UNKNOWN,
                OUTCOME_UNKNOWN
                    + ": the store was restored from a copy, and the request may have been sent"
                    + " before; it was not sent again"))
        : Optional.empty();
  }

  /// The state after a cancel; empty if the operation has ended.
  public static Optional<State> canceled(Operation operation, Instant now) {
    return switch (operation.state()) {
      case State.Queued queued ->
          Optional.of(
              new State.Canceled(
                  queued.attempt(), queued.startedAt(), now, canceledReason(queued)));
      case State.Held held ->
          Optional.of(
              new State.Canceled(
                  held.attempt(),
                  held.startedAt(),
                  now,
                  "Canceled while it was held in a copy of the store: it was not sent from there."));
      case State.Running run ->
          Optional.of(
              new State.Canceled(
                  run.attempt(),
                  run.startedAt(),
                  now,
                  "Canceled while it was running: the request was aborted, and the upstream may have acted on it."));
      case State.Ended _ -> Optional.empty();
    };
  }

  /// What has not reached the upstream is repeated, as the same attempt, until its time is over.
  private static State afterUnsent(
      Operation operation,
      Obstacle obstacle,
      String cause,
      RetryPolicy retry,
      Instant now,
      double jitter) {
    var run = running(operation);
    var firstStart = run.startedAt().orElse(now);
    var left = Duration.between(now, deadline(operation, retry));
    if (left.compareTo(retry.backoffInitial()) < 0) {
      boolean unreachable = obstacle == Obstacle.UPSTREAM_UNREACHABLE;
      return unsent(
          run,
          unreachable ? ErrorCode.UPSTREAM_UNREACHABLE : ErrorCode.DEADLINE_EXCEEDED,
          (unreachable ? UNREACHABLE : NOT_SENT)
              + since(run)
              + ": "
              + cause
              + "; "
              + timeOver(operation, retry),
          now);
    }
    var wait = retry.unsentBackoff(obstacle, Duration.between(firstStart, now), jitter);
    var due = now.plus(wait.compareTo(left) < 0 ? wait : left.dividedBy(2));
    return new State.Queued(run.attempt(), due, run.startedAt(), Optional.of(cause));
  }

  /// @param run an attempt that was not sent; if it is the first, none has begun, since attempts
  ///     that do not reach the upstream do not count
  private static State.Failed unsent(
      State.Running run, ErrorCode code, String reason, Instant now) {
    var startedAt = run.attempt() == 1 ? Optional.<Instant>empty() : run.startedAt();
    return new State.Failed(run.attempt(), startedAt, now, code, reason);
  }

  private static String timeOver(Operation operation, RetryPolicy retry) {
    return "no attempt may begin after %s (max-duration %s)"
        .formatted(deadline(operation, retry), retry.maxDuration());
  }

  private static Instant deadline(Operation operation, RetryPolicy retry) {
    return operation.id().receivedAt().plus(retry.maxDuration());
  }

  private static String canceledReason(State.Queued queued) {
    return queued.attempt() == 1
        ? "Canceled before it was sent: the upstream has not received the request."
        : "Canceled between two attempts: no further attempt is made.";
  }

  private static boolean repeatedAfter(
      Operation operation, Response response, Optional<Duration> retryAfter, RetryPolicy retry) {
    int status = response.statusCode();
    if (status == UNAUTHORIZED) {
      // Sending a rejected token again does not help, and may lock its owner out.
      return false;
    }
    // Both mean that the upstream did not execute the call.
    boolean deferred =
        status == TOO_MANY_REQUESTS || status == SERVICE_UNAVAILABLE && retryAfter.isPresent();
    return deferred || retry.retryOn().contains(status) && mayRepeat(operation, retry);
  }

  private static boolean mayRepeat(Operation operation, RetryPolicy retry) {
    return retry.repeatable() || operation.request().idempotent();
  }

  private static Duration wait(
      State.Running run, Optional<Duration> retryAfter, RetryPolicy retry, double jitter) {
    return retryAfter.map(retry::capped).orElseGet(() -> retry.backoff(run.attempt(), jitter));
  }

  private static State retryOr(
      Operation operation,
      RetryPolicy retry,
      Instant now,
      Duration wait,
      String error,
      State otherwise) {
    var run = running(operation);
    var due = now.plus(wait);
    boolean attemptsLeft = run.attempt() < retry.maxAttempts();
    boolean timeLeft = due.isBefore(deadline(operation, retry));
    return attemptsLeft && timeLeft
        ? new State.Queued(run.attempt() + 1, due, run.startedAt(), Optional.of(error))
        : otherwise;
  }

  private static State.Finished finished(State.Running run, Response response, Instant now) {
    return new State.Finished(run.attempt(), run.startedAt(), now, response);
  }

  private static State.Failed failed(
      State.Running run, ErrorCode code, String reason, Instant now) {
    return new State.Failed(run.attempt(), run.startedAt(), now, code, reason);
  }

  private static State.Running running(Operation operation) {
    if (operation.state() instanceof State.Running run) {
      return run;
    }
    throw new IllegalStateException(
        "operation " + operation.id() + " is not running: " + operation.state());
  }
}
