package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// No spelling of a path gets a laxer rule than the path that an upstream may understand by it.
final class RoutesTest {
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          5,
          Duration.ofHours(24),
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          Duration.ofHours(1),
          Set.of(502, 503),
          false);
  private static final ExecutionPolicy GENERAL =
      new ExecutionPolicy(RETRY, Duration.ofHours(4), Duration.ZERO);
  private static final ExecutionPolicy LAX =
      new ExecutionPolicy(
          new RetryPolicy(
              9,
              Duration.ofHours(48),
              RETRY.backoffInitial(),
              RETRY.backoffMax(),
              RETRY.retryAfterMax(),
              Set.of(500, 502),
              true),
          Duration.ofHours(5),
          Duration.ZERO);
  private static final ExecutionPolicy STRICT =
      new ExecutionPolicy(
          new RetryPolicy(
              1,
              Duration.ofHours(1),
              RETRY.backoffInitial(),
              RETRY.backoffMax(),
              RETRY.retryAfterMax(),
              Set.of(),
              false),
          Duration.ofMinutes(5),
          Duration.ofMinutes(1));
  private static final String SLOW = "/v1/slow/**";

  private static final Routes ROUTES =
      new Routes(
          List.of(
              route("/v1/reports/**", 0, LAX),
              route("/v1/orders/*/release", 0, LAX),
              route("/v1/with%2Fslash/*", 0, LAX),
              route("/v1/django/", 7, LAX),
              route("/v1/bj%C3%B8rn/*", 8, LAX),
              route(SLOW, 1, STRICT),
              route("/v1/other/**", 5, GENERAL)),
          GENERAL);

  private static Routes.Route route(String path, int concurrency, ExecutionPolicy policy) {
    return new Routes.Route(PathPattern.of(path), Set.of(), concurrency, policy);
  }

  private static Request request(String path) {
    return new Request("POST", path + "?a=/../b;c", List.of(), 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/reports",
        "/v1/reports/7",
        "/v1/reports/7/",
        "/v1/reports/a%20b,c:d@e=f/~x",
        "/v1/reports/%C3%B8/%c3%b8",
        "/v1/reports/..a/...",
        // All readings are reports.
        "/v1/reports//7",
        "/v1/reports/7;v=1",
        "/v1/reports/2024%2F7",
        "/v1/reports/%41",
        "/v1/reports/100%25",
        "/v1/reports/./7",
        "/v1/orders/7/release",
        "/v1/django/",
        "/v1/bj%C3%B8rn/7",
      })
  void usualSpellingsGetTheirRoute(String path) {
    assertThat(ROUTES.policyOf(request(path))).isEqualTo(LAX);
    assertThat(ROUTES.nameOf(request(path))).isNotEqualTo(Routes.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/reports/../invoice/1",
        "/v1/reports/..%2finvoice/1",
        "/v1/reports%2F..%2finvoice/1",
        "/v1/reports/..;/invoice/1",
        "/v1/reports/..;x=y/invoice/1",
        "/v1/reports/..%3B/invoice/1",
        "/v1/reports/%2e%2e/invoice/1",
        "/v1/reports/.%2E/invoice/1",
        "/v1/reports/7/../../invoice/1",
        "/v1/reports/./../invoice/1",
        "/v1/reports//../../invoice/1",
        "/v1/reports/\\..\\..\\invoice/1",
        "/v1/reports/..\\invoice/1",
        "/v1/reports/..%5cinvoice/1",
        "/v1/reports/x%5C..%5c..%2f..\\invoice/1",
        "/v1/reports/%252e%252e/invoice/1",
        "/v1/reports/..%252finvoice/1",
        "/v1/reports/%c0%ae%c0%ae/invoice/1",
        "/v1/reports/..%00/invoice/1",
        "/v1/reports/..#/invoice/1",
        "/v1/reports/%u002e%u002e/invoice/1",
        "/v1/reports/%",
        "/v1/reports/..",
        "/v1/%72eports/1",
        "/v1/Reports/1",
        "/v1//reports/1",
        "//v1/reports/1",
        "/v1/./reports/1",
        "/v1/reports;x/1",
        "/v1/x/../reports/1",
        "/v1/orders/2024%2F7/release",
        "/v1/orders/7/release/",
        "/v1/orders/7;x/Release",
        "/v1/orders//release",
      })
  void oddSpellingsGetNoLaxerRule(String path) {
    var policy = ROUTES.policyOf(request(path));
    assertThat(policy.retry().repeatable()).isFalse();
    assertThat(policy.retry().maxAttempts()).isLessThanOrEqualTo(5);
    assertThat(policy.retry().maxDuration()).isLessThanOrEqualTo(Duration.ofHours(24));
    assertThat(policy.retry().retryOn()).doesNotContain(500);
    assertThat(policy.attemptTimeout()).isLessThanOrEqualTo(Duration.ofHours(4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/slow/1",
        "/v1/slow/1/",
        "/v1//slow/1",
        "//v1/slow/1",
        "/v1/slow//1",
        "/v1/%73low/2",
        "/v1/%53LOW/2",
        "/v1/SLOW/2",
        "/V1/slow/2",
        "/v1/./slow/3",
        "/v1/x/../slow/4",
        "/v1/x/%2E%2e/slow/4",
        "/v1/x/..;a/slow/4",
        "/v1/other/../slow/4",
        "/v1/reports/../slow/4",
        "/../v1/slow/4",
        "/v1/slow;x=1/6",
        "/v1;x/slow/6",
        "/v1/;x/slow/6",
        "/v1/slow%3Bx=1/6",
        "/v1%2Fslow/7",
        "/v1%2fslow%2f7",
        "/v1\\slow\\8",
        "/v1%5Cslow/8",
        "/v1/x\\y%2F..%2F..%2Fslow/9",
        "/v1/%2573low/9",
        "/v1/slow#/9",
        "/v1/slow%00/9",
        // Readings of which one is slow.
        "/v1/slow/../x",
        "/v1/slow/..;/other/1",
        "/v1/slow%2F..%2Fother/1",
      })
  void noSpellingEscapesItsLimit(String path) {
    assertThat(ROUTES.nameOf(request(path))).isEqualTo(SLOW);
    var policy = ROUTES.policyOf(request(path));
    assertThat(policy.retry().maxAttempts()).isEqualTo(1);
    assertThat(policy.retry().maxDuration()).isEqualTo(Duration.ofHours(1));
    assertThat(policy.retry().retryOn()).isEmpty();
    assertThat(policy.attemptTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(policy.responseStartTimeout()).isEqualTo(Duration.ofMinutes(1));
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/django, /v1/django/",
    "/v1/Django//, /v1/django/",
    "/v1/bj%c3%b8rn/1/, /v1/bj%C3%B8rn/*",
    "/v1/other/1, /v1/other/**",
    "/v1/slower/1, ''",
    "/v1/x/slow/1, ''",
    "/v1/slow%20/1, ''",
    "/v1/a%2Fb, ''",
    "/, ''",
    "*, /v1/slow/**",
  })
  void namesTheRouteWhoseLimitApplies(String path, String route) {
    assertThat(ROUTES.nameOf(request(path))).isEqualTo(route);
  }

  /// A path that has too many readings counts towards the lowest limit.
  @Test
  void boundsTheReadingsOfAPath() {
    var everything = "/v1/%2F\\;%5C//../.;" + "/%2e%2e//a;b\\".repeat(10) + "/x";
    assertThat(ROUTES.nameOf(request(everything))).isEqualTo(SLOW);
    assertThat(ROUTES.nameOf(request("/v1/x;y" + "/z".repeat(PathReadings.SEGMENTS_MAX))))
        .isEqualTo(SLOW);
    assertThat(ROUTES.nameOf(request("/v1/x" + "/z".repeat(PathReadings.SEGMENTS_MAX))))
        .isEqualTo(Routes.NONE);
  }

  @Test
  void limitsHoldForMethodsInAnyLetterCase() {
    var route = new Routes.Route(PathPattern.of("/a"), Set.of("POST"), 1, LAX);
    var routes = new Routes(List.of(route), GENERAL);
    assertThat(routes.nameOf(new Request("post", "/a", List.of(), 0))).isEqualTo("POST /a");
    assertThat(routes.policyOf(new Request("post", "/a", List.of(), 0)).retry().repeatable())
        .isFalse();
    assertThat(routes.nameOf(new Request("PUT", "/a", List.of(), 0))).isEqualTo(Routes.NONE);
    assertThat(routes.policyOf(new Request("POST", "/a", List.of(), 0))).isEqualTo(LAX);
  }
}
