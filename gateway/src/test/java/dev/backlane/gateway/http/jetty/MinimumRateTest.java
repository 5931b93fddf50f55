package dev.backlane.gateway.http.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class MinimumRateTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private final MinimumRate pace = new MinimumRate(240, Duration.ofMinutes(1));

  @Test
  void permitsSilenceThatIsCaughtUp() {
    for (int each = 0; each < 100; each++) {
      pace.waited(50 * SECOND, 240 * 50);
      assertThat(pace.leftNanos()).isEqualTo(60 * SECOND);
    }
  }

  @Test
  void endsClientsThatTrickleHoweverSteadily() {
    int seconds = 0;
    while (pace.leftNanos() > 0) {
      pace.waited(SECOND, 120);
      seconds++;
    }
    assertThat(seconds).isEqualTo(120);
  }

  @Test
  void manyBytesAtOnceSaveNoTimeForLater() {
    pace.waited(SECOND, 1L << 40);
    assertThat(pace.leftNanos()).isEqualTo(60 * SECOND);
  }

  @Test
  void withoutARateOnlySilenceCounts() {
    var silence = new MinimumRate(0, Duration.ofMinutes(1));
    for (int each = 0; each < 100; each++) {
      silence.waited(59 * SECOND, 1);
      assertThat(silence.leftNanos()).isEqualTo(60 * SECOND);
    }
    silence.waited(60 * SECOND, 0);
    assertThat(silence.leftNanos()).isZero();
  }
}
