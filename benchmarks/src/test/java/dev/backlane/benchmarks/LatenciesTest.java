package dev.backlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.benchmarks.Latencies.Summary;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LatenciesTest {
  @Test
  void summarizesMeanAndPercentilesOfEachCall() {
    var latencies = new Latencies();
    for (int micros = 200; micros > 0; micros--) {
      latencies.record("accept", micros * 1_000L);
    }
    latencies.record("claim", 7_000);
    assertThat(latencies.summary("accept")).isEqualTo(new Summary(100.5, 100, 198));
    assertThat(latencies.summary("claim")).isEqualTo(new Summary(7, 7, 7));
    assertThat(latencies.names()).containsExactly("accept", "claim");
    latencies.clear();
    assertThatThrownBy(() -> latencies.summary("claim")).hasMessageContaining("no call of claim");
  }

  @Test
  void medianIsTheMiddleValue() {
    assertThat(Numbers.median(List.of(3.0, 1.0, 2.0))).isEqualTo(2);
  }
}
