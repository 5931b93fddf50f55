package dev.backlane.gateway.dashboard.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Numbers and times as the pages show them.
final class TextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1 KiB",
    "1536, 1.5 KiB",
    "10485760, 10 MiB",
    "1610612736, 1.5 GiB",
    "2251799813685248, 2048 TiB"
  })
  void writesBytesWithTheirUnit(long bytes, String text) {
    assertThat(Text.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.34S, 340 ms",
    "PT1S, 1 s",
    "PT1.24S, 1.2 s",
    "PT59S, 59 s",
    "PT4M5S, 4 min 5 s",
    "PT3H, 3 h",
    "PT50H, 2 d 2 h"
  })
  void writesDurationsWithTwoUnitsAtMost(Duration duration, String text) {
    assertThat(Text.duration(duration)).isEqualTo(text);
  }

  @Test
  void writesTimesInUtc() {
    assertThat(Text.utc(Instant.parse("2026-01-31T12:00:05.678Z")))
        .isEqualTo("2026-01-31 12:00:05 UTC");
  }

  @Test
  void shortensLongTexts() {
    assertThat(Text.shortened("short", 5)).isEqualTo("short");
    assertThat(Text.shortened("longer", 5)).isEqualTo("long…");
    assertThat(Text.count(1_234_567)).isEqualTo("1,234,567");
    assertThat(Text.encoded("a b/ü")).isEqualTo("a%20b%2F%C3%BC");
  }
}
