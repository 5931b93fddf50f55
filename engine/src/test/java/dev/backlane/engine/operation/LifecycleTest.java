package dev.backlane.engine.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.history.PastAttempt;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LifecycleTest {
  private static final Instant NOW = Operations.RECEIVED.plusSeconds(10);
  private static final double HALF = 0.5;

  private static RetryPolicy policy(boolean repeatable) {
    return new RetryPolicy(
        5,
        Duration.ofHours(1),
        Duration.ofSeconds(2),
        Duration.ofSeconds(60),
        Duration.ofMinutes(5),
        RetryPolicy.RETRY_ON_DEFAULT,
        repeatable);
  }

  @ParameterizedTest(name = "{0}, repeatable route {1}, {2}: {3}")
  @CsvSource({
    "GET,     false, status 200,            Finished",
    "POST,    false, status 200,            Finished",
    "POST,    false, status 400,            Finished",
    "POST,    false, status 500,            Finished",
    "GET,     false, status 500,            Finished",
    "POST,    false, status 401,            Finished",
    "GET,     false, status 401,            Finished",
    "GET,     true,  status 401,            Finished",
    "GET,     false, status 412,            Finished",
    "GET,     false, status 429,            Queued",
    "POST,    false, status 429,            Queued",
    "PATCH,   false, status 429,            Queued",
    "POST,    false, status 503 after 7,    Queued",
    "GET,     false, status 503 after 7,    Queued",
    "POST,    false, status 503,            Finished",
    "PATCH,   false, status 503,            Finished",
    "POST,    true,  status 503,            Queued",
    "GET,     false, status 503,            Queued",
    "PUT,     false, status 503,            Queued",
    "POST,    false, status 502,            Finished",
    "PATCH,   false, status 504,            Finished",
    "POST,    true,  status 504,            Queued",
    "GET,     false, status 502,            Queued",
    "HEAD,    false, status 502,            Queued",
    "OPTIONS, false, status 504,            Queued",
    "PUT,     false, status 504,            Queued",
    "DELETE,  false, status 504,            Queued",
    "GET,     false, not sent,              Queued",
    "POST,    false, not sent,              Queued",
    "PATCH,   false, not sent,              Queued",
    "GET,     false, unknown,               Queued",
    "HEAD,    false, unknown,               Queued",
    "OPTIONS, false, unknown,               Queued",
    "PUT,     false, unknown,               Queued",
    "DELETE,  false, unknown,               Queued",
    "POST,    false, unknown,               Failed",
    "PATCH,   false, unknown,               Failed",
    "PURGE,   false, unknown,               Failed",
    "POST,    true,  unknown,               Queued",
    "PATCH,   true,  unknown,               Queued",
    "GET,     false, unusable,              Failed",
    "POST,    true,  unusable,              Failed",
  })
  void everyVerdictHasASuccessorState(
      String method, boolean repeatable, String verdict, String successor) {
    var next =
        Lifecycle.after(
            Operations.running(method, 1), verdict(verdict), policy(repeatable), NOW, HALF);

    assertThat(next.getClass().getSimpleName()).isEqualTo(successor);
  }

  private static Verdict verdict(String text) {
    if (text.startsWith("status ")) {
      var words = text.split(" ", -1);
      var retryAfter =
          words.length > 2
              ? Optional.of(Duration.ofSeconds(Long.parseLong(words[3])))
              : Optional.<Duration>empty();
      return new Verdict.Responded(
          new Response(Integer.parseInt(words[1]), List.of(), 0), retryAfter);
    }
    return switch (text) {
      case "not sent" -> new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused");
      case "unknown" -> new Verdict.Unknown("reset");
      default -> new Verdict.Unusable(ErrorCode.RESPONSE_TOO_LARGE, "too large");
    };
  }

  @Test
  void anUnknownOutcomeStartsWithFixedWords() {
    var next =
        Lifecycle.after(
            Operations.running("POST", 1), new Verdict.Unknown("reset"), policy(false), NOW, HALF);

    assertThat(((State.Failed) next).reason()).isEqualTo("Outcome unknown: reset");
  }

  @Test
  void theLastAttemptEndsTheOperation() {
    var reset =
        Lifecycle.after(
            Operations.running("GET", 5), new Verdict.Unknown("reset"), policy(false), NOW, HALF);
    var busy =
        Lifecycle.after(
            Operations.running("GET", 5), verdict("status 429"), policy(false), NOW, HALF);

    assertThat(reset).isInstanceOf(State.Failed.class);
    assertThat(busy)
        .isInstanceOfSatisfying(
            State.Finished.class, end -> assertThat(end.response().statusCode()).isEqualTo(429));
  }

  @Test
  void noAttemptIsScheduledPastTheMaximumDuration() {
    var late = Operations.RECEIVED.plus(Duration.ofMinutes(59));

    var next =
        Lifecycle.after(
            Operations.running("GET", 1),
            verdict("status 429 after 70"),
            policy(false),
            late,
            HALF);

    assertThat(next).isInstanceOf(State.Finished.class);
  }

  @ParameterizedTest
  @EnumSource
  void whatWasNotSentDoesNotCountAsAnAttempt(Obstacle obstacle) {
    var next =
        Lifecycle.after(
            Operations.running("POST", 5),
            new Verdict.NotSent(obstacle, "refused"),
            policy(false),
            NOW,
            HALF);

    assertThat(next)
        .isInstanceOfSatisfying(
            State.Queued.class,
            queued -> {
              assertThat(queued.attempt()).isEqualTo(5);
              assertThat(queued.lastError()).contains("refused");
              assertThat(queued.dueAt()).isEqualTo(NOW.plusMillis(waitMillis(obstacle)));
            });
  }

  /// Half of the longest wait 10 s after the first start.
  private static long waitMillis(Obstacle obstacle) {
    return obstacle == Obstacle.UPSTREAM_UNREACHABLE ? 7_500 : 10_000;
  }

  @ParameterizedTest(name = "{0} s after the first start, with jitter {1}: {2} ms")
  @CsvSource({
    "0, 0.5, 1000",
    "-7200, 0.5, 1000",
    "1, 0.5, 1000",
    "3, 0.5, 3000",
    "3, 0.0, 0",
    "20, 0.5, 20000",
    "31, 0.5, 30000",
    "3000, 0.5, 30000",
    "100000, 0.5, 30000",
  })
  void theWaitAfterAnUnsentAttemptGrowsToAMinute(long elapsed, double jitter, long millis) {
    assertThat(policy(false).unsentBackoff(Obstacle.RESOURCES, Duration.ofSeconds(elapsed), jitter))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void unsentCallsAreRepeatedUntilTheirTimeIsOver() {
    var refused = new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused");
    var running = Operations.running("POST", 1);
    var deadline = Operations.RECEIVED.plus(Duration.ofHours(1));

    var late = Lifecycle.after(running, refused, policy(false), deadline.minusSeconds(3), HALF);
    var last = Lifecycle.after(running, refused, policy(false), deadline.minusSeconds(1), HALF);

    assertThat(((State.Queued) late).dueAt()).isBefore(deadline);
    assertThat(last)
        .isInstanceOfSatisfying(
            State.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
              assertThat(failed.reason())
                  .isEqualTo(
                      "Upstream unreachable since 2026-01-31T12:00:00Z: refused; no attempt may"
                          + " begin after 2026-01-31T13:00:00Z (max-duration PT1H)");
            });
  }

  @Test
  void anOperationExpiresWithoutAnAttempt() {
    var running = Operations.running("POST", 1);
    var deadline = Operations.RECEIVED.plus(Duration.ofHours(1));
    var outage = new Outage(Operations.RECEIVED.plusSeconds(9), "refused");

    assertThat(Lifecycle.expired(running, policy(false), deadline.minusMillis(1))).isFalse();
    assertThat(Lifecycle.expired(running, policy(false), deadline)).isTrue();
    assertThat(Lifecycle.afterExpiry(running, Optional.empty(), policy(false), deadline))
        .satisfies(failed -> {
          assertThat(failed.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
          assertThat(failed.startedAt()).isEmpty();
          assertThat(failed.reason()).startsWith("Not sent: no attempt may begin after");
        });
    assertThat(Lifecycle.afterExpiry(running, Optional.of(outage), policy(false), deadline))
        .satisfies(failed -> {
          assertThat(failed.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
          assertThat(failed.reason())
              .startsWith("Upstream unreachable since 2026-01-31T12:00:09Z: refused");
        });
  }

  @ParameterizedTest(name = "attempt {0} after {1}: {3}")
  @CsvSource({
    "1, NOT_SENT,   0, Not sent since 2026-01-31T12:00:00Z: no token; no attempt may begin after",
    "2, NOT_SENT,   0, Not sent again: no token; no attempt may begin after",
    "2, UNKNOWN,    0, Not sent again: no token; no attempt may begin after",
    "2, RESPONDED, 503, Not sent again: the upstream responded with 503; no attempt may begin after",
  })
  void anOperationThatExpiresNamesItsLastError(
      int attempt, PastAttempt.Result result, int statusCode, String reason) {
    var running = Operations.running("POST", attempt);
    var last = past(result, statusCode, statusCode == 0 ? "no token" : "");
    var deadline = Operations.RECEIVED.plus(Duration.ofHours(1));

    assertThat(
            Lifecycle.afterExpiry(
                    running.to(running.state(), last), Optional.empty(), policy(false), deadline)
                .reason())
        .startsWith(reason);
  }

  @Test
  void anOperationThatIsRequeuedKeepsItsLastError() {
    var running = Operations.running("POST", 1);
    var last = past(PastAttempt.Result.NOT_SENT, 0, "refused");

    assertThat(Lifecycle.requeued(running, NOW).lastError()).isEmpty();
    assertThat(Lifecycle.requeued(running.to(running.state(), last), NOW).lastError())
        .contains("refused");
  }

  private static PastAttempt past(PastAttempt.Result result, int statusCode, String error) {
    return new PastAttempt(
        1, Optional.of(NOW), Duration.ZERO, result, statusCode, error, "node", false);
  }

  @ParameterizedTest(name = "after attempt {0} with jitter {1}: {2} ms")
  @CsvSource({
    "1, 0.5, 1000",
    "2, 0.5, 2000",
    "3, 0.5, 4000",
    "3, 0.0, 0",
    "3, 0.25, 2000",
    "4, 0.5, 8000"
  })
  void theBackoffDoublesWithJitter(int attempt, double jitter, long millis) {
    var next =
        Lifecycle.after(
            Operations.running("GET", attempt),
            new Verdict.Unknown("reset"),
            policy(false),
            NOW,
            jitter);

    assertThat(((State.Queued) next).dueAt()).isEqualTo(NOW.plusMillis(millis));
    assertThat(next.attempt()).isEqualTo(attempt + 1);
  }

  @ParameterizedTest(name = "attempt {0}")
  @ValueSource(ints = {6, 10, 31, 62, 63, 64, 65, 100, 10_000})
  void theBackoffNeverExceedsItsMaximum(int attempt) {
    assertThat(policy(false).backoff(attempt, 1))
        .isPositive()
        .isLessThanOrEqualTo(Duration.ofSeconds(60));
  }

  @ParameterizedTest(name = "Retry-After: {0} waits {1} s")
  @CsvSource({"0, 0", "7, 7", "300, 300", "86400, 300"})
  void retryAfterIsRespectedUpToItsMaximum(long requested, long waited) {
    var next =
        Lifecycle.after(
            Operations.running("POST", 1),
            verdict("status 503 after " + requested),
            policy(false),
            NOW,
            HALF);

    assertThat(((State.Queued) next).dueAt()).isEqualTo(NOW.plusSeconds(waited));
  }

  @Test
  void anAbandonedPostIsUnknownAndAGetIsRepeated() {
    assertThat(Lifecycle.abandoned(Operations.running("POST", 1), policy(false), NOW))
        .isInstanceOfSatisfying(
            State.Failed.class, end -> assertThat(end.reason()).startsWith("Outcome unknown"));
    assertThat(Lifecycle.abandoned(Operations.running("GET", 1), policy(false), NOW))
        .isInstanceOf(State.Queued.class);
  }

  @Test
  void aStartKeepsTheTimeOfTheFirstStart() {
    var first = Lifecycle.start(Lifecycle.queued(NOW), Operations.LEASE, NOW);
    var again = new State.Queued(2, NOW, first.startedAt(), Optional.of("x"));

    assertThat(Lifecycle.start(again, Operations.LEASE, NOW.plusSeconds(9)).startedAt())
        .contains(NOW);
  }

  @Test
  void queuedAndRunningCanBeCanceledAndEndedCannot() {
    assertThat(Lifecycle.canceled(Operations.in("POST", Lifecycle.queued(NOW)), NOW))
        .hasValueSatisfying(
            state -> assertThat(((State.Canceled) state).reason()).contains("has not received"));
    assertThat(Lifecycle.canceled(Operations.running("POST", 1), NOW))
        .hasValueSatisfying(
            state -> assertThat(((State.Canceled) state).reason()).contains("may have acted"));
    assertThat(
            Lifecycle.canceled(
                Operations.in(
                    "POST", new State.Failed(1, Optional.empty(), NOW, ErrorCode.INTERNAL, "x")),
                NOW))
        .isEmpty();
  }

  @Test
  void aRejectedTokenIsNeverSentAgain() {
    var asking =
        new RetryPolicy(
            5,
            Duration.ofHours(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            Set.of(401, 500),
            true);
    var refused = new Verdict.Responded(new Response(401, List.of(), 0), Optional.empty());

    assertThat(Lifecycle.after(Operations.running("GET", 1), refused, asking, NOW, HALF))
        .isInstanceOf(State.Finished.class);
  }

  @Test
  void credentialsAreRemovedAtTheEnd() {
    var running = Operations.running("POST", 1);
    var retried = running.to(new State.Queued(2, NOW, Optional.of(NOW), Optional.of("x")));
    var ended = running.to(new State.Failed(1, Optional.empty(), NOW, ErrorCode.INTERNAL, "x"));

    assertThat(retried.credentials().isEmpty()).isFalse();
    assertThat(ended.credentials().isEmpty()).isTrue();
    assertThat(ended.version()).isEqualTo(running.version() + 1);
  }

  @Test
  void onlyARunningOperationAcceptsAVerdict() {
    var queued = Operations.in("GET", Lifecycle.queued(NOW));

    assertThatThrownBy(
            () -> Lifecycle.after(queued, new Verdict.Unknown("x"), policy(false), NOW, HALF))
        .isInstanceOf(IllegalStateException.class);
  }
}
