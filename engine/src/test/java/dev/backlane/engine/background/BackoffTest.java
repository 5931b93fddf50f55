package dev.backlane.engine.background;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  @Test
  void doublesUpToItsMaximum() {
    var backoff = new Backoff(Duration.ofMillis(300), Duration.ofSeconds(2));
    assertThat(IntStream.rangeClosed(1, 5).mapToObj(backoff::after))
        .extracting(Duration::toMillis)
        .containsExactly(300L, 600L, 1200L, 2000L, 2000L);
    assertThat(backoff.after(Integer.MAX_VALUE)).isEqualTo(backoff.max());
  }

  @Test
  void mayBeConstant() {
    var backoff = Backoff.constant(Duration.ofSeconds(1));
    assertThat(backoff.after(1)).isEqualTo(Duration.ofSeconds(1));
    assertThat(backoff.after(40)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void refusesBoundsThatAllowAHotLoop() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
  }
}
