package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Statement;
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

/// What an operator can see of deliveries, and what not.
final class AdminDeliveryStatements {
  private static final String UNKNOWN = "019aa7d4-0c5e-7d3a-9f0e-6c1b7f6f0a11";

  private final TestGateway stand;
  private final AdminClient operator;

  /// @param stand with [AdminSubscriptionStatements#SETTINGS]
  AdminDeliveryStatements(TestGateway stand) {
    this.stand = stand;
    this.operator = AdminClient.of(stand);
  }

  List<Statement> rows() {
    return List.of(
        new Statement("the list comes in pages, newest first, each delivery once", this::paged),
        new Statement("the list can be of one subscription and of one state", this::filtered),
        new Statement("a query that means nothing is 400", this::badQueries),
        new Statement("redelivering what failed needs a time", this::badTimes),
        new Statement("another method is 405 and told which are allowed", this::badMethods),
        new Statement("an unknown id, and an unknown action, is 404", this::unknown));
  }

  private List<String> delivered(NotifiedClient party, int count) throws Exception {
    var ids = new ArrayList<String>();
    for (int call = 0; call < count; call++) {
      ids.add(party.call("subscription"));
      operator.awaitDelivery(ids.getLast(), "delivered");
    }
    return ids;
  }

  private void paged() throws Exception {
    try (var party = new NotifiedClient(stand, "paged")) {
      var path =
          AdminClient.SUBSCRIPTIONS + "/" + party.subscribe().id() + "/deliveries?limit=2&cursor=";
      var ids = delivered(party, 5);
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

  private List<String> newestOfAll(int limit) throws IOException, InterruptedException {
    return operator.deliveries(AdminClient.DELIVERIES + "?limit=" + limit).items().stream()
        .map(DeliveryView::id)
        .toList();
  }

  private void filtered() throws Exception {
    try (var party = new NotifiedClient(stand, "filtered")) {
      var subscription = party.subscribe().id();
      var delivered = delivered(party, 1).getFirst();
      party.receiver().answers(WebhookReceiver.refusing(410));
      var failed = party.call("subscription");
      operator.awaitDelivery(failed, "failed");
      operator.awaitDisabled(subscription);
      operator.change(subscription, Map.of("enabled", true));
      party.receiver().answers(WebhookReceiver.refusing(500));
      var due = party.call("subscription");
      operator.awaitDelivery(due, "due", 1);
      var toUrl = party.call();

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

  private List<String> idsOf(String pathAndQuery) throws Exception {
    return operator.deliveries(pathAndQuery).items().stream().map(DeliveryView::id).toList();
  }

  private void badQueries() throws Exception {
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

  private void badTimes() throws Exception {
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

  private void badMethods() throws Exception {
    var one = AdminClient.DELIVERIES + "/" + UNKNOWN;
    notAllowed("POST", AdminClient.DELIVERIES, "GET, HEAD");
    notAllowed("DELETE", AdminClient.DELIVERIES, "GET, HEAD");
    notAllowed("GET", AdminClient.DELIVERIES + "/redeliver", "POST");
    notAllowed("DELETE", one, "GET, HEAD");
    notAllowed("GET", one + "/redeliver", "POST");
  }

  private void notAllowed(String method, String path, String allowed) throws Exception {
    var answer = operator.send(method, path, Map.of());
    answer.assertProblem(405, "method-not-allowed");
    assertThat(answer.header("Allow")).isEqualTo(allowed);
  }

  private void unknown() throws Exception {
    operator.http().get(AdminClient.DELIVERIES + "/" + UNKNOWN).assertProblem(404, "not-found");
    operator.http().get(AdminClient.DELIVERIES + "/no-id").assertProblem(404, "not-found");
    operator
        .post(AdminClient.DELIVERIES + "/" + UNKNOWN + "/redeliver", Map.of())
        .assertProblem(404, "not-found");
    operator
        .post(AdminClient.DELIVERIES + "/" + UNKNOWN + "/other", Map.of())
        .assertProblem(404, "not-found");
  }
}
