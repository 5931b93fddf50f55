package dev.backlane.client.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PausesTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Duration FIRST = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(15);

  private final Pauses pauses = new Pauses(FIRST, LONGEST, () -> NOW);

  private static HttpHeaders headers(Map<String, List<String>> fields) {
    return HttpHeaders.of(fields, (name, value) -> true);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7",
    "' 7 ', 7",
    "2.0, 2",
    "299, 299",
    "301, 300",
    "99999999999999999999999, 300",
    "'Sat, 31 Jan 2026 12:00:09 GMT', 9",
    "'Tue, 31 Dec 2999 23:59:59 GMT', 300",
  })
  void waitsAsLongAsTheServerAsks(String retryAfter, long seconds) {
    assertThat(pauses.next(headers(Map.of("retry-after", List.of(retryAfter)))))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({"0", "-5", "soon", "''", "'Sat, 31 Jan 2026 11:59:00 GMT'", "0x10", "1e9"})
  void waitsForItsOwnTimeOtherwise(String retryAfter) {
    assertThat(pauses.next(headers(Map.of("Retry-After", List.of(retryAfter)))))
        .isBetween(FIRST.dividedBy(2), FIRST);
  }

  @Test
  void comparesDatesWithTheClockOfTheServer() {
    var headers =
        Map.of(
            "Date", List.of("Wed, 01 Jan 2020 00:00:00 GMT"),
            "Retry-After", List.of("Wed, 01 Jan 2020 00:00:30 GMT"));

    assertThat(pauses.next(headers(headers))).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void growsUpToTheLongestAndStartsAgain() {
    for (int i = 0; i < 100; i++) {
      assertThat(pauses.next()).isBetween(FIRST.dividedBy(2), LONGEST);
    }
    assertThat(pauses.next()).isGreaterThanOrEqualTo(LONGEST.dividedBy(2));
    pauses.reset();
    assertThat(pauses.next()).isLessThanOrEqualTo(FIRST);
  }
}
