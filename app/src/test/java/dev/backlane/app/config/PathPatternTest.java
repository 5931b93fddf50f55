package dev.backlane.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PathPatternTest {
  @ParameterizedTest
  @CsvSource({
    "/invoices/**, /invoices, true",
    "/invoices/**, /invoices/, true",
    "/invoices/**, /invoices/7/lines, true",
    "/invoices/**, /invoicesX, false",
    "/invoices/*, /invoices/7, true",
    "/invoices/*, /invoices/7/lines, false",
    "/invoices/*/release, /invoices/7/release, true",
    "/**/release, /release, true",
    "/**/release, /a/b/release, true",
    "/**/release, /a/b/released, false",
    "/a/**/b/**/c, /a/b/b/x/c, true",
    "/a/**/b/**/c, /a/c, false",
    "/inv*s, /invoices, true",
    "/inv*s, /inv/s, false",
    "/a.b, /aXb, false",
    "/a, /A, false",
    "/a, /%61, false",
    "/**, /, true",
    "/**, *, false"
  })
  void matchesWholePathsBySegment(String pattern, String path, boolean expected) {
    assertThat(PathPattern.of(pattern).matches(path)).isEqualTo(expected);
  }
}
