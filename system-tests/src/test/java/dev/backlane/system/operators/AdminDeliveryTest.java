package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.DeliveryView;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `/admin/v1/deliveries`: lists, filters, and requests that are refused.
@Timeout(60)
final class AdminDeliveryTest {
  private static final String UNKNOWN = "019aa7d4-0c5e-7d3a-9f0e-6c1b7f6f0a11";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(AdminClient.SETTINGS + AdminSubscriptionTest.SETTINGS);

  private final AdminClient operator = AdminClient.of(gateway);

  @Test
  @DisplayName("the list comes in pages, newest first, each delivery once")
  void listsPagesNewestFirst() throws Exception {
    try (var notified = new NotifiedClient(gateway, "paged")) {
      var path =
          AdminClient.SUBSCRIPTIONS
              + "/"
              + notified.subscribe().id()
              + "/deliveries?limit=2&cursor=";
      var ids = delivered(notified, 5);
      var pages = new ArrayList<List<String>>();
      var cursor = "";
      do {
        var page = operator.deliveries(path + cursor);
        pages.add(page.items().stream().map(DeliveryView::id).toList());
        var next = page.nextCursor();
        cursor = next == null ? "" : next;
      } while (!cursor.isEmpty());
      assertThat(pages)
          .containsExactly(
              List.of(ids.get(4), ids.get(3)),
              List.of(ids.get(2), ids.get(1)),
              List.of(ids.get(0)));
      assertThat(newestOfAll(3)).containsExactly(ids.get(4), ids.get(3), ids.get(2));
    }
  }

  @Test
  @DisplayName("the list can be filtered by subscription and state")
  void filtersBySubscriptionAndState() throws Exception {
    try (var notified = new NotifiedClient(gateway, "filtered")) {
      var subscription = notified.subscribe().id();
      var delivered = delivered(notified, 1).getFirst();
      notified.receiver().respondWith(WebhookReceiver.refusing(410));
      var failed = notified.call("subscription");
      operator.awaitDelivery(failed, "failed");
      operator.awaitDisabled(subscription);
      operator.change(subscription, Map.of("enabled", true));
      notified.receiver().respondWith(WebhookReceiver.refusing(500));
      var due = notified.call("subscription");
      operator.awaitDelivery(due, "due", 1);
      var toUrl = notified.call();

      var of = AdminClient.DELIVERIES + "?subscription=" + subscription;
      assertThat(idsOf(of)).containsExactly(due, failed, delivered);
      assertThat(idsOf(of + "&state=due")).containsExactly(due);
      assertThat(idsOf(of + "&state=failed")).containsExactly(failed);
      assertThat(idsOf(of + "&state=delivered")).containsExactly(delivered);
      var path = AdminClient.SUBSCRIPTIONS + "/" + subscription + "/deliveries";
      assertThat(idsOf(path)).containsExactly(due, failed, delivered);
      assertThat(idsOf(path + "?state=failed")).containsExactly(failed);
      operator.awaitDelivery(toUrl, "due", 1);
      assertThat(idsOf(AdminClient.DELIVERIES + "?limit=200"))
          .contains(toUrl, due, failed, delivered);
      assertThat(new HashSet<>(idsOf(AdminClient.DELIVERIES + "?limit=200&state=due")))
          .contains(toUrl, due)
          .doesNotContain(failed, delivered);
      assertThat(idsOf(AdminClient.DELIVERIES + "?subscription=sub_none")).isEmpty();
    }
  }

  @Test
  @DisplayName("a malformed query gets 400")
  void refusesMalformedQueries() throws Exception {
    for (String query :
        List.of(
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=many",
            "cursor=x",
            "state=lost",
            "state=Due",
            "limit=1&limit=2",
            "state=%")) {
      assertThat(rawStatus(query)).as(query).isEqualTo("400");
    }
  }

  @Test
  @DisplayName("redelivery of failed deliveries requires a time")
  void requiresTimeToRedeliverFailed() throws Exception {
    var id = operator.subscribe("bad-times", "http://192.0.43.8/hook").id();
    for (String path : List.of(AdminClient.DELIVERIES, AdminClient.SUBSCRIPTIONS + "/" + id)) {
      for (String body :
          List.of(
              "",
              "{}",
              "{\"since\":\"\"}",
              "{\"since\":\"yesterday\"}",
              "{\"since\":7}",
              "{\"since\":\"2026-01-31\"}",
              "{\"since\":\"2026-01-31T12:00:00Z\",\"until\":\"2026-02-01T12:00:00Z\"}")) {
        operator.sendText("POST", path + "/redeliver", body).assertProblem(400, "invalid-request");
      }
    }
  }

  @Test
  @DisplayName("another method gets 405 with Allow")
  void refusesOtherMethods() throws Exception {
    var one = AdminClient.DELIVERIES + "/" + UNKNOWN;
    notAllowed("POST", AdminClient.DELIVERIES, "GET, HEAD");
    notAllowed("DELETE", AdminClient.DELIVERIES, "GET, HEAD");
    notAllowed("GET", AdminClient.DELIVERIES + "/redeliver", "POST");
    notAllowed("DELETE", one, "GET, HEAD");
    notAllowed("GET", one + "/redeliver", "POST");
  }

  @Test
  @DisplayName("an unknown id and an unknown action get 404")
  void returns404ForUnknown() throws Exception {
    operator.http().get(AdminClient.DELIVERIES + "/" + UNKNOWN).assertProblem(404, "not-found");
    operator.http().get(AdminClient.DELIVERIES + "/no-id").assertProblem(404, "not-found");
    operator
        .post(AdminClient.DELIVERIES + "/" + UNKNOWN + "/redeliver", Map.of())
        .assertProblem(404, "not-found");
    operator
        .post(AdminClient.DELIVERIES + "/" + UNKNOWN + "/other", Map.of())
        .assertProblem(404, "not-found");
  }

  private List<String> delivered(NotifiedClient notified, int count) throws Exception {
    var ids = new ArrayList<String>();
    for (int call = 0; call < count; call++) {
      ids.add(notified.call("subscription"));
      operator.awaitDelivery(ids.getLast(), "delivered");
    }
    return ids;
  }

  private List<String> newestOfAll(int limit) throws IOException, InterruptedException {
    return operator.deliveries(AdminClient.DELIVERIES + "?limit=" + limit).items().stream()
        .map(DeliveryView::id)
        .toList();
  }

  private List<String> idsOf(String pathAndQuery) throws Exception {
    return operator.deliveries(pathAndQuery).items().stream().map(DeliveryView::id).toList();
  }

  private String rawStatus(String query) throws IOException {
    return operator
        .http()
        .raw(
            "GET "
                + AdminClient.DELIVERIES
                + "?"
                + query
                + " HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
        .split(" ", 3)[1];
  }

  private void notAllowed(String method, String path, String allowed) throws Exception {
    var response = operator.send(method, path, Map.of());
    response.assertProblem(405, "method-not-allowed");
    assertThat(response.header("Allow")).isEqualTo(allowed);
  }
}
