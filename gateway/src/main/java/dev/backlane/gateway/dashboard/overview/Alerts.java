package dev.backlane.gateway.dashboard.overview;

import dev.backlane.gateway.dashboard.page.Text;
import dev.backlane.gateway.webhook.Subscription;
import java.util.ArrayList;
import java.util.List;

/// Finds what needs attention. Stateless.
final class Alerts {
  private static final int MEMORY_PERCENT = 90;

  private Alerts() {}

  /// The alerts, urgent ones first.
  static List<Alert> of(Status status, List<Subscription> subscriptions) {
    var alerts = new ArrayList<Alert>();
    ofStore(status, alerts);
    ofWork(status, alerts);
    ofWebhooks(status, subscriptions, alerts);
    alerts.sort((one, other) -> Boolean.compare(other.urgent(), one.urgent()));
    return List.copyOf(alerts);
  }

  private static void ofStore(Status status, List<Alert> alerts) {
    status
        .store()
        .refusal()
        .ifPresent(reason -> alerts.add(Alert.urgent("New background calls get 503.", reason)));
    if (status.store().damagedRecords() > 0) {
      alerts.add(
          Alert.urgent(
              count(status.store().damagedRecords(), "stored record") + " cannot be read.",
              "Run 'backlane store check' on a backup of the store, and restore what it reports."));
    }
    if (status.work().outcomesHeld() > 0) {
      alerts.add(
          Alert.urgent(
              count(status.work().outcomesHeld(), "outcome")
                  + " of ended attempts waits on the local disk.",
              "The store does not accept them at present. They are stored as soon as it does; keep this node and its"
                  + " store.spool-path until then."));
    }
  }

  private static void ofWork(Status status, List<Alert> alerts) {
    var work = status.work();
    if (work.upstreamUnreachable()) {
      alerts.add(
          Alert.urgent(
              "The upstream " + work.upstream() + " cannot be reached.",
              "Check that it runs and that this machine reaches it. Queued calls wait, single attempts probe it, and"
                  + " execution continues by itself."));
    }
    if (work.held() > 0) {
      alerts.add(
          Alert.urgent(
              "Operations held: " + Text.count(work.held()) + ", since the store is a copy.",
              "Make sure that the original is stopped. Then run 'backlane store resume', or release or fail them with"
                  + " /admin/v1/operations/held."));
    }
    if (status.node().draining()) {
      alerts.add(
          Alert.notable(
              "This node is stopping.", "It accepts nothing and waits for what is in flight."));
    }
    if (work.totals().unknown() > 0) {
      alerts.add(
          Alert.notable(
              "The outcome of "
                  + count(work.totals().unknown(), "operation")
                  + " is unknown since this node started.",
              "The upstream may have acted. Check there before the call is sent again."));
    }
    long percent = 100 * status.node().bodyBytes() / Math.max(1, status.node().bodyBytesMax());
    if (percent >= MEMORY_PERCENT) {
      alerts.add(
          Alert.notable(
              "Bodies occupy " + percent + " % of their memory.",
              "Beyond it, uploads are spooled to the disk and lists get 503. Raise limits.memory-for-bodies, or add a"
                  + " node."));
    }
  }

  private static void ofWebhooks(
      Status status, List<Subscription> subscriptions, List<Alert> alerts) {
    if (status.deliveries().openCircuits() > 0) {
      alerts.add(
          Alert.notable(
                  count(status.deliveries().openCircuits(), "webhook receiver")
                      + " fails repeatedly.",
                  "Its deliveries are tried less often until one succeeds. Check the receiver.")
              .withLink("/ui/deliveries?state=due", "Due deliveries"));
    }
    long disabled = subscriptions.stream().filter(each -> !each.enabled()).count();
    if (disabled > 0) {
      alerts.add(
          Alert.notable(
                  count(disabled, "subscription") + " is disabled.",
                  "Calls with 'subscription' of these clients are refused with 422. Enable it once its receiver works.")
              .withLink("/ui/subscriptions", "Subscriptions"));
    }
    long failing =
        subscriptions.stream()
            .filter(each -> each.enabled() && each.standing().failingSince().isPresent())
            .count();
    if (failing > 0) {
      alerts.add(
          Alert.notable(
                  count(failing, "subscription") + " has had no successful delivery lately.",
                  "Look at the last response of its receiver.")
              .withLink("/ui/subscriptions", "Subscriptions"));
    }
  }

  /// Such as `1 outcome` or `3 outcomes`.
  private static String count(long number, String noun) {
    return Text.count(number) + " " + noun + (number == 1 ? "" : "s");
  }
}
