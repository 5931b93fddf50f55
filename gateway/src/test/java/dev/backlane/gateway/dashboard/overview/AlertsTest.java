package dev.backlane.gateway.dashboard.overview;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.webhook.Subscription;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What needs attention, and what to do.
final class AlertsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

  private static Status status(
      boolean unreachable, long held, int outcomes, long unknown, Optional<String> refusal) {
    return new Status(
        new Status.Node("node", "1", NOW, false, false, 0, 100),
        new Status.Work(
            0,
            0,
            64,
            held,
            outcomes,
            URI.create("http://127.0.0.1:9000"),
            unreachable,
            Map.of(),
            new Status.Totals(0, 0, 0, unknown, 0, 0)),
        new Status.Deliveries(0, 0, 0),
        new Status.Store("memory", "", refusal, 0, Optional.empty()));
  }

  private static Subscription subscription(Subscription.Standing standing) {
    return new Subscription(
        "sub_1",
        "",
        "client",
        URI.create("http://127.0.0.1"),
        Set.of(),
        List.of(),
        standing,
        false,
        Optional.of(NOW));
  }

  @Test
  void hasNoneWhenAllIsWell() {
    var good = subscription(Subscription.Standing.GOOD);

    assertThat(Alerts.of(status(false, 0, 0, 0, Optional.empty()), List.of(good))).isEmpty();
  }

  @Test
  void reportsUrgentOnesFirstEachWithWhatToDo() {
    var disabled =
        subscription(
            new Subscription.Standing(
                Optional.empty(), Optional.of(new Subscription.Disabled(NOW, "410"))));
    var failing = subscription(new Subscription.Standing(Optional.of(NOW), Optional.empty()));

    var alerts =
        Alerts.of(
            status(true, 2, 1, 3, Optional.of("The disk is full. Free some space.")),
            List.of(disabled, failing));

    assertThat(alerts)
        .extracting(Alert::what)
        .containsExactly(
            "New background calls get 503.",
            "1 outcome of ended attempts waits on the local disk.",
            "The upstream http://127.0.0.1:9000 cannot be reached.",
            "Operations held: 2, since the store is a copy.",
            "The outcome of 3 operations is unknown since this node started.",
            "1 subscription is disabled.",
            "1 subscription has had no successful delivery lately.");
    assertThat(alerts).allSatisfy(alert -> assertThat(alert.action()).hasSizeGreaterThan(20));
    assertThat(alerts.getFirst().action()).contains("Free some space");
    assertThat(alerts.getLast().link()).isEqualTo("/ui/subscriptions");
  }
}
