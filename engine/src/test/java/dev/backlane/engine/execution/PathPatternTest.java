package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PathPatternTest {
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          5,
          Duration.ofHours(24),
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          Duration.ofHours(1),
          RetryPolicy.RETRY_ON_DEFAULT,
          false);

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

  @ParameterizedTest
  @ValueSource(strings = {"", "invoices", "*", "/a/b**", "/**b", "/a/***"})
  void rejectsInvalidPatterns(String text) {
    assertThatThrownBy(() -> PathPattern.of(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void printsAsDeclared() {
    for (var text : List.of("/", "/a//b/", "/invoices/*/release", "/**")) {
      assertThat(PathPattern.of(text)).hasToString(text).isEqualTo(PathPattern.of(text));
    }
  }

  @Test
  void aRouteMatchesTheRequestsOfItsPattern() {
    var policy = new ExecutionPolicy(RETRY, Duration.ofMinutes(1));
    var route = new Routes.Route(PathPattern.of("/invoices/**"), Set.of("GET"), 0, policy);
    var routes = new Routes(List.of(route), new ExecutionPolicy(RETRY, Duration.ofHours(4)));

    assertThat(routes.policyOf(request("GET", "/invoices?page=2"))).isEqualTo(policy);
    assertThat(routes.nameOf(request("GET", "/invoices/7"))).isEqualTo("GET /invoices/**");
    assertThat(routes.nameOf(request("PUT", "/invoices/7"))).isEqualTo(Routes.NONE);
    assertThat(routes.nameOf(request("GET", "/invoicesX/7"))).isEqualTo(Routes.NONE);
  }

  private static Request request(String method, String target) {
    return new Request(method, target, List.of(), 0);
  }
}
