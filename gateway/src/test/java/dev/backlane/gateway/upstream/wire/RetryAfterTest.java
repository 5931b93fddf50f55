package dev.backlane.gateway.upstream.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0                               | 0",
        "' 120 '                         | 120",
        "000000000000000000000000000120  | 120",
        "2.0                             | 2",
        "2.                              | 2",
        "2.000001                        | 3",
        "0.5                             | 1",
        "Tue, 24 Nov 2026 12:00:30 GMT   | 30",
        "Tuesday, 24-Nov-26 12:00:30 GMT | 30",
        "Tue Nov 24 12:00:30 2026        | 30",
        "Tue Dec  1 12:00:00 2026        | 604800",
        "Tue, 24 Nov 2020 12:00:30 GMT   | 0",
        "Thursday, 24-Nov-77 12:00:30 GMT| 0"
      })
  void readsSecondsAndDates(String value, long seconds) {
    assertThat(RetryAfter.parse(value, NOW)).contains(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "31536001",
        "999999999",
        "999999999999",
        "999999999999.9",
        "999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999",
        "Tuesday, 24-Nov-76 12:00:30 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT"
      })
  void longWaitsAreCutToTheMaximum(String value) {
    assertThat(RetryAfter.parse(value, NOW)).contains(RetryAfter.MAX);
  }

  @Test
  void aNumberOfAnyLengthIsCutToTheMaximum() {
    assertThat(RetryAfter.parse("9".repeat(60_000), NOW)).contains(RetryAfter.MAX);
    assertThat(RetryAfter.parse("1." + "9".repeat(60_000), NOW)).contains(Duration.ofSeconds(2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-5",
        "+5",
        "soon",
        "1e9",
        ".5",
        "1,5",
        "1.5.2",
        "5 s",
        "0x10",
        "\u0663",
        "Tue, 31 Feb 2026 12:00:00 GMT",
        "Tue, 24 Nov 99999 12:00:00 GMT"
      })
  void othersAreIgnored(String value) {
    assertThat(RetryAfter.parse(value, NOW)).isEmpty();
  }
}
