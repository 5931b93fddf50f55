package dev.backlane.engine.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DeliveryScheduleTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30.123Z");
  private static final Duration RETRY_AFTER_MAX = Duration.ofHours(1);
  private static final int ATTEMPTS = 8;
  private static final String CAUSE = "the address is not allowed";

  private final DeliverySchedule schedule =
      new DeliverySchedule(DeliverySchedule.DELAYS_DEFAULT, RETRY_AFTER_MAX);

  private static Delivery due(int attempt) {
    return new Delivery(
        new OperationId(1, 2),
        "company-1",
        "client-1",
        new Delivery.Address("https://hooks.example.com/a"),
        "event",
        new byte[] {1},
        new DeliveryState.Due(attempt, NOW),
        List.of(),
        3);
  }

  private static DeliveryVerdict responded(int status) {
    return new DeliveryVerdict.Responded(status, Optional.empty(), "");
  }

  private static DeliveryVerdict withRetryAfter(int status, Duration wait) {
    return new DeliveryVerdict.Responded(status, Optional.of(wait), "");
  }

  private static DeliveryAttempt attempt(int number) {
    return new DeliveryAttempt(NOW.plusSeconds(number), Duration.ofMillis(5), number, "");
  }

  private Delivery after(Delivery tried, DeliveryVerdict verdict, double jitter) {
    return schedule.after(tried, verdict, attempt(1), NOW, jitter);
  }

  private DeliveryState next(int attempt, DeliveryVerdict verdict) {
    return after(due(attempt), verdict, 0).state();
  }

  private Duration delay(int attempt, DeliveryVerdict verdict, double jitter) {
    var state = after(due(attempt), verdict, jitter).state();
    assertThat(state).isInstanceOf(DeliveryState.Due.class);
    return Duration.between(NOW, ((DeliveryState.Due) state).dueAt());
  }

  @ParameterizedTest(name = "{0} to attempt {1}")
  @MethodSource("ends")
  void finalVerdictsEndADeliveryInEveryAttempt(
      DeliveryVerdict verdict, int attempt, DeliveryState expected) {
    assertThat(next(attempt, verdict)).isEqualTo(expected);
  }

  static Stream<Arguments> ends() {
    var delivered = new DeliveryState.Delivered(NOW);
    var gone =
        new DeliveryState.Failed(
            NOW, "the receiver responded 410 Gone: it accepts no more deliveries");
    return IntStream.rangeClosed(1, ATTEMPTS)
        .boxed()
        .flatMap(attempt ->
            Stream.of(
                Arguments.of(responded(200), attempt, delivered),
                Arguments.of(responded(204), attempt, delivered),
                Arguments.of(responded(299), attempt, delivered),
                Arguments.of(withRetryAfter(202, Duration.ofDays(1)), attempt, delivered),
                Arguments.of(responded(410), attempt, gone),
                Arguments.of(withRetryAfter(410, Duration.ofDays(1)), attempt, gone),
                Arguments.of(
                    new DeliveryVerdict.NoReceiver(CAUSE),
                    attempt,
                    new DeliveryState.Failed(NOW, CAUSE))));
  }

  @ParameterizedTest(name = "{0} to attempt {1}")
  @MethodSource("failures")
  void failuresAreRepeatedUntilTheLastAttempt(DeliveryVerdict verdict, int attempt) {
    var expected =
        attempt == ATTEMPTS
            ? new DeliveryState.Failed(NOW, "the receiver did not accept it in 8 attempts")
            : new DeliveryState.Due(
                attempt + 1, NOW.plus(DeliverySchedule.DELAYS_DEFAULT.get(attempt - 1)));
    assertThat(next(attempt, verdict)).isEqualTo(expected);
  }

  static Stream<Arguments> failures() {
    var verdicts = new ArrayList<DeliveryVerdict>();
    for (int status : new int[] {100, 199, 300, 301, 302, 400, 401, 404, 409, 411, 429, 500, 503}) {
      verdicts.add(responded(status));
    }
    verdicts.add(new DeliveryVerdict.NoResponse("connection refused"));
    return IntStream.rangeClosed(1, ATTEMPTS)
        .boxed()
        .flatMap(attempt -> verdicts.stream().map(verdict -> Arguments.of(verdict, attempt)));
  }

  @ParameterizedTest
  @CsvSource({
    "1, PT5S",
    "2, PT5M",
    "3, PT30M",
    "4, PT2H",
    "5, PT5H",
    "6, PT10H",
    "7, PT10H",
  })
  void delaysFollowTheContractPlusAtMostAFifth(int attempt, Duration delay) {
    assertThat(delay(attempt, responded(500), 0)).isEqualTo(delay);
    assertThat(delay(attempt, responded(500), 0.5)).isEqualTo(delay.plus(delay.dividedBy(10)));
    assertThat(delay(attempt, responded(500), 1)).isEqualTo(delay.plus(delay.dividedBy(5)));
  }

  @ParameterizedTest(name = "attempt {0}, Retry-After {1}, jitter {2}: waits {3}")
  @CsvSource({
    // Longer than the schedule: as requested.
    "1, PT10S, 0, PT10S",
    "1, PT10S, 1, PT10S",
    "2, PT10M, 0.5, PT10M",
    // Shorter: as scheduled.
    "1, PT0S, 0, PT5S",
    "1, PT4S, 0, PT5S",
    "1, PT5.5S, 1, PT6S",
    "5, PT1H, 0, PT5H",
    "1, PT-10S, 0, PT5S",
    // More than the maximum.
    "1, PT1H, 0, PT1H",
    "1, PT1H0.001S, 0, PT1H",
    "1, PT9999H, 1, PT1H",
    "4, PT9999H, 0, PT2H",
  })
  void retryAfterIsRespectedUpToItsMaximum(
      int attempt, Duration requested, double jitter, Duration waits) {
    assertThat(delay(attempt, withRetryAfter(503, requested), jitter)).isEqualTo(waits);
    assertThat(delay(attempt, withRetryAfter(429, requested), jitter)).isEqualTo(waits);
  }

  @Test
  void retryAfterAddsNoAttempt() {
    assertThat(next(ATTEMPTS, withRetryAfter(503, Duration.ofSeconds(1))))
        .isInstanceOf(DeliveryState.Failed.class);
  }

  @Test
  void aFailingReceiverGetsEightAttempts() {
    var delivery = due(1);
    int attempts = 0;
    while (!delivery.ended()) {
      attempts++;
      delivery = after(delivery, responded(500), 0.3);
    }
    assertThat(attempts).isEqualTo(ATTEMPTS);
    assertThat(delivery.attempts()).hasSize(ATTEMPTS);
    assertThat(delivery.version()).isEqualTo(3 + ATTEMPTS);
  }

  @Test
  void aScheduleWithoutDelaysHasOneAttempt() {
    var once = new DeliverySchedule(List.of(), RETRY_AFTER_MAX);
    assertThat(once.after(due(1), responded(500), attempt(1), NOW, 0).ended()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 410, 500})
  void recordsAnAttemptAndChangesNothingElse(int status) {
    var tried = due(2);
    var next = after(tried, responded(status), 0);
    assertThat(next.attempts()).containsExactly(attempt(1));
    assertThat(next.version()).isEqualTo(tried.version() + 1);
    assertThat(next)
        .usingRecursiveComparison()
        .ignoringFields("state", "attempts", "version")
        .isEqualTo(tried);
    assertThat(tried.attempts()).isEmpty();
  }

  @Test
  void keepsOnlyTheLastAttempts() {
    var delivery = due(1);
    int all = Delivery.ATTEMPTS_MAX + 5;
    for (int each = 1; each <= all; each++) {
      delivery =
          schedule.after(
              DeliverySchedule.redelivered(delivery, NOW), responded(500), attempt(each), NOW, 0);
    }
    assertThat(delivery.attempts())
        .isEqualTo(IntStream.rangeClosed(6, all).mapToObj(DeliveryScheduleTest::attempt).toList());
  }

  @Test
  void redeliveryRestartsTheScheduleAndKeepsAttempts() {
    var failed = after(due(ATTEMPTS), responded(500), 0);
    assertThat(failed.ended()).isTrue();
    var later = NOW.plusSeconds(60);
    var again = DeliverySchedule.redelivered(failed, later);
    assertThat(again.state()).isEqualTo(new DeliveryState.Due(1, later));
    assertThat(again.attempts()).isEqualTo(failed.attempts());
    assertThat(again.version()).isEqualTo(failed.version() + 1);
    assertThat(after(again, responded(500), 0).state())
        .isEqualTo(new DeliveryState.Due(2, NOW.plusSeconds(5)));
  }
}
