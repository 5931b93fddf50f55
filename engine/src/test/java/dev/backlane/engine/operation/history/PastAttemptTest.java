package dev.backlane.engine.operation.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.history.PastAttempt.Result;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PastAttemptTest {
  private static PastAttempt attempt(int number, String error) {
    return new PastAttempt(
        number, Optional.empty(), Duration.ZERO, Result.UNKNOWN, 0, error, "node-1", false);
  }

  @Test
  void keepsTheLastAttempts() {
    List<PastAttempt> attempts = List.of();
    for (int number = 1; number <= PastAttempt.KEPT_MAX + 5; number++) {
      attempts = attempt(number, "").after(attempts);
    }
    assertThat(attempts).hasSize(PastAttempt.KEPT_MAX);
    assertThat(attempts.getFirst().number()).isEqualTo(6);
    assertThat(attempts.getLast().number()).isEqualTo(PastAttempt.KEPT_MAX + 5);
  }

  @Test
  void shortensALongErrorBetweenCharacters() {
    assertThat(attempt(1, "x".repeat(PastAttempt.ERROR_CHARS_MAX)).error())
        .hasSize(PastAttempt.ERROR_CHARS_MAX);
    var shortened = attempt(1, "x".repeat(PastAttempt.ERROR_CHARS_MAX - 2) + "😀😀").error();
    assertThat(shortened).endsWith("x…").hasSizeLessThanOrEqualTo(PastAttempt.ERROR_CHARS_MAX);
  }
}
