package dev.backlane.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.SettableClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// What the meters counted, by route, tenant and upstream.
final class ActivityTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final Duration SECOND = Duration.ofSeconds(1);

  @AutoClose private final MetricsRegistry metrics = new MetricsRegistry("1", Optional.empty());

  private final HttpMetrics http = new HttpMetrics(metrics, URI.create("http://api.example:9000"));

  private final SettableClock clock = new SettableClock(NOW);
  private final Samples samples = new Samples(clock, 1);
  private final OperationMetrics operations = new OperationMetrics(metrics, clock, 1);

  private static Activity.OfUpstream upstream(Activity activity) {
    return activity.upstreams().getOrDefault("api.example:9000", Activity.OfUpstream.NONE);
  }

  private void sent(int status, Duration took) {
    http.ended("POST", status, false, took.toNanos());
  }

  @Test
  void isEmptyAtTheStart() {
    assertThat(metrics.activity()).isEqualTo(Activity.NONE);
    assertThat(metrics.activity().total().endToEnd().total()).isZero();
  }

  @Test
  void addsTheStatusesOfAnUpstream() {
    sent(200, Duration.ofMillis(30));
    sent(201, Duration.ofMillis(40));
    sent(404, Duration.ofMillis(40));
    sent(503, Duration.ofMillis(40));
    sent(0, Duration.ofSeconds(4));

    var upstream = upstream(metrics.activity());
    assertThat(upstream.requests().total()).isEqualTo(5);
    assertThat(upstream.clientErrors()).isEqualTo(1);
    assertThat(upstream.serverErrors()).isEqualTo(1);
    assertThat(upstream.noResponse()).isEqualTo(1);
    assertThat(percentile(upstream.requests(), 0.5))
        .isBetween(Duration.ofMillis(25), Duration.ofMillis(50));
    assertThat(percentile(upstream.requests(), 0.99))
        .isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(5));
  }

  @Test
  void showsWhatWasDoneSinceAnEarlierMoment() {
    sent(200, Duration.ofSeconds(4));
    var before = metrics.activity();
    sent(503, Duration.ofMillis(30));

    var upstream = upstream(metrics.activity().since(before));
    assertThat(upstream.requests().total()).isEqualTo(1);
    assertThat(upstream.serverErrors()).isEqualTo(1);
    assertThat(percentile(upstream.requests(), 1)).isEqualTo(Duration.ofMillis(50));
  }

  @Test
  void addsTheOperationsOfARoute() {
    var finished = samples.started(Samples.LEASE);
    var failed = samples.started(Samples.LEASE);
    var canceled = samples.started(Samples.LEASE);
    clock.set(NOW.plusMillis(200));
    operations.started(finished);
    operations.attempted(finished, new Verdict.Unknown("the connection broke"), SECOND);
    clock.set(NOW.plusSeconds(4));
    operations.settled(samples.finished(finished, 1));
    operations.settled(samples.failed(failed));
    operations.settled(samples.canceled(canceled));

    assertThat(metrics.activity().routes()).containsOnlyKeys(Samples.ROUTE);
    var route = metrics.activity().total();
    assertThat(route.queued().total()).isEqualTo(1);
    assertThat(percentile(route.queued(), 1)).isEqualTo(Duration.ofMillis(250));
    assertThat(percentile(route.attempts(), 1)).isEqualTo(SECOND);
    assertThat(route.endToEnd().total()).isEqualTo(2);
    assertThat(percentile(route.endToEnd(), 1)).isEqualTo(Duration.ofSeconds(5));
    assertThat(route.failed()).isEqualTo(1);
  }

  @Test
  void addsTheOperationsOfATenant() {
    var first = samples.queued();
    operations.accepted(first);
    operations.settled(samples.finished(first, 1));
    operations.accepted(samples.queued(new Caller("company-2", "client-1", "")));
    operations.accepted(samples.queued(new Caller("company-3", "client-1", "")));

    var tenants = metrics.activity().tenants();
    assertThat(tenants)
        .containsOnlyKeys(Samples.TENANT, OperationMetrics.OTHER_TENANTS)
        .containsEntry(Samples.TENANT, new Activity.OfTenant(1, 1, 0, 0))
        .containsEntry(OperationMetrics.OTHER_TENANTS, new Activity.OfTenant(2, 0, 0, 0));
  }

  private static Duration percentile(Durations durations, double share) {
    return durations.percentile(share).orElseThrow().duration();
  }
}
