package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;

/// CONTRACT 2.3: the list of a caller's operations. Each statement has a caller of its own, who has started nothing else.
final class ListStatements {
  private static final String LIST = "/v1/background";

  private final TestGateway stand;

  ListStatements(TestGateway stand) {
    this.stand = stand;
  }

  List<Statement> rows() {
    var rows = new ArrayList<Statement>();
    rows.add(
        new Statement(
            "the list is newest first, each item as its state document", this::newestFirst));
    rows.add(new Statement("the list has the caller's operations alone", this::own));
    rows.add(
        new Statement(
            "an empty list has no cursor",
            () ->
                assertThat(caller("empty").get(LIST).json())
                    .containsOnlyKeys("items", "nextCursor")
                    .containsEntry("items", List.of())
                    .containsEntry("nextCursor", null)));
    rows.add(new Statement("the list by status", this::byStatus));
    rows.add(new Statement("the list by phase", this::byPhase));
    rows.add(new Statement("the list by reference", this::byReference));
    rows.add(new Statement("the list by receivedAfter and receivedBefore", this::byTime));
    rows.add(
        new Statement("limit and cursor give every operation once, page by page", this::pages));
    rows.add(
        new Statement(
            "a cursor goes on where it was, whatever came meanwhile", this::stableCursor));
    rows.add(
        new Statement(
            "limit is 200 at most",
            () -> assertThat(caller("limit").get(LIST + "?limit=200").status()).isEqualTo(200)));
    for (String query :
        List.of(
            "limit=201",
            "limit=0",
            "limit=-1",
            "limit=many",
            "status=Done",
            "phase=sleeping",
            "cursor=x",
            "receivedAfter=yesterday",
            "receivedBefore=2026-13-01T00:00:00Z",
            "limit=1&limit=2",
            "reference=%zz")) {
      rows.add(new Statement("the list refuses " + query + " with 400", () -> refuses(query)));
    }
    return rows;
  }

  private void newestFirst() throws Exception {
    var caller = caller("newest");
    var ids = new ArrayList<String>();
    for (int i = 0; i < 5; i++) {
      ids.addFirst(ended(caller, "/newest/" + i));
    }
    var answer = caller.get(LIST);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(ids(answer)).isEqualTo(ids);
    var items = answer.json().get("items");
    assertThat(items)
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .first()
        .isEqualTo(caller.stateOf(ids.getFirst()).json());
  }

  private void own() throws Exception {
    var caller = caller("own");
    var id = ended(caller, "/own");
    assertThat(ids(stand.http("own", "sorlys", "own").get(LIST))).isEmpty();
    assertThat(ids(stand.http("somebody", TestGateway.TENANT, "else").get(LIST)))
        .doesNotContain(id);
    assertThat(ids(caller.get(LIST))).containsExactly(id);
    assertThat(ids(stand.http("own", TestGateway.TENANT, "else").get(LIST))).containsExactly(id);
    assertThat(ids(stand.http("somebody", TestGateway.TENANT, "own").get(LIST)))
        .containsExactly(id);
  }

  private void byStatus() throws Exception {
    var caller = caller("by-status");
    stand.api().on("/by-status/broken", RecordingApi.breaking());
    var gate = new HeldResponse();
    stand.api().on("/by-status/gate", gate);
    var finished = ended(caller, "/by-status/answered");
    var failed = ended(caller, "/by-status/broken");
    var started = caller.begin("/by-status/gate");
    gate.awaitRequest();
    assertThat(ids(caller.get(LIST + "?status=Started"))).containsExactly(started);
    assertThat(ids(caller.get(LIST + "?status=Finished"))).containsExactly(finished);
    assertThat(ids(caller.get(LIST + "?status=Failed"))).containsExactly(failed);
    gate.open();
    caller.awaitEnd(started);
    assertThat(ids(caller.get(LIST + "?status=Finished"))).containsExactly(started, finished);
  }

  private void byPhase() throws Exception {
    var caller = caller("by-phase");
    stand.api().on("/by-phase/broken", RecordingApi.breaking());
    stand.api().on("/by-phase/again", RecordingApi.answering(429, "", "Retry-After: 3000"));
    var gate = new HeldResponse();
    stand.api().on("/by-phase/gate", gate);
    stand.api().on("/by-phase/canceled", gate);
    var finished = ended(caller, "/by-phase/answered");
    var failed = ended(caller, "/by-phase/broken");
    var canceled = caller.begin("/by-phase/canceled");
    gate.awaitRequest();
    assertThat(caller.delete(LIST + "/" + canceled).status()).isEqualTo(202);
    var running = caller.begin("/by-phase/gate");
    var retrying = caller.begin("/by-phase/again");
    caller.poll(LIST + "?phase=retrying", answer -> !ids(answer).isEmpty());
    assertThat(ids(caller.get(LIST + "?phase=retrying"))).containsExactly(retrying);
    assertThat(ids(caller.get(LIST + "?phase=running"))).containsExactly(running);
    assertThat(ids(caller.get(LIST + "?phase=finished"))).containsExactly(finished);
    assertThat(ids(caller.get(LIST + "?phase=failed"))).containsExactly(failed);
    assertThat(ids(caller.get(LIST + "?phase=canceled"))).containsExactly(canceled);
    assertThat(ids(caller.get(LIST + "?phase=queued"))).isEmpty();
    assertThat(ids(caller.get(LIST + "?phase=canceled&status=Failed"))).containsExactly(canceled);
    assertThat(ids(caller.get(LIST + "?phase=canceled&status=Finished"))).isEmpty();
    gate.open();
  }

  private void byReference() throws Exception {
    var caller = caller("by-reference");
    var first = caller.begin("/by-reference", "Backlane-Reference", "invoice 7/2");
    caller.begin("/by-reference", "Backlane-Reference", "invoice 8");
    caller.begin("/by-reference");
    var second = caller.begin("/by-reference", "Backlane-Reference", "invoice 7/2");
    assertThat(ids(caller.get(LIST + "?reference=invoice%207%2F2"))).containsExactly(second, first);
    assertThat(ids(caller.get(LIST + "?reference=invoice"))).isEmpty();
  }

  private void byTime() throws Exception {
    var caller = caller("by-time");
    var ids = new ArrayList<String>();
    var times = new ArrayList<String>();
    while (ids.size() < 3) {
      var id = ended(caller, "/by-time");
      var received = String.valueOf(caller.stateOf(id).json().get("receivedUtc"));
      // Times are told to the millisecond; of operations that share one, the first is left out.
      if (!times.isEmpty() && times.getLast().equals(received)) {
        ids.removeLast();
        times.removeLast();
      }
      ids.add(id);
      times.add(received);
    }
    assertThat(ids(caller.get(LIST + "?receivedAfter=" + times.get(1))))
        .containsExactly(ids.get(2));
    assertThat(ids(caller.get(LIST + "?receivedBefore=" + times.get(1))))
        .containsExactly(ids.get(0));
    assertThat(
            ids(
                caller.get(
                    LIST + "?receivedAfter=" + times.get(0) + "&receivedBefore=" + times.get(2))))
        .containsExactly(ids.get(1));
    assertThat(ids(caller.get(LIST + "?receivedAfter=2020-01-01T00:00:00Z"))).hasSize(3);
    assertThat(ids(caller.get(LIST + "?receivedBefore=2020-01-01T00:00:00Z"))).isEmpty();
  }

  private void pages() throws Exception {
    var caller = caller("pages");
    var all = new ArrayList<String>();
    for (int i = 0; i < 7; i++) {
      all.addFirst(caller.begin("/pages"));
    }
    var seen = new ArrayList<String>();
    var sizes = new ArrayList<Integer>();
    var page = caller.get(LIST + "?limit=3").page();
    while (true) {
      seen.addAll(page.items().stream().map(BackgroundRequestStateDto::id).toList());
      sizes.add(page.items().size());
      if (page.nextCursor() == null) {
        break;
      }
      page = caller.get(LIST + "?limit=3&cursor=" + page.nextCursor()).page();
    }
    assertThat(seen).isEqualTo(all);
    assertThat(sizes).containsExactly(3, 3, 1);
  }

  private void stableCursor() throws Exception {
    var caller = caller("cursor");
    var old = List.of(caller.begin("/cursor"), caller.begin("/cursor"));
    var page = caller.get(LIST + "?limit=1").page();
    caller.begin("/cursor");
    assertThat(ids(caller.get(LIST + "?limit=1&cursor=" + page.nextCursor())))
        .containsExactly(old.getFirst());
  }

  private void refuses(String query) throws Exception {
    var answer =
        caller("refused")
            .raw(
                "GET "
                    + LIST
                    + "?"
                    + query
                    + " HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n");
    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("https://backlane.dev/problems/invalid-request")
        .contains("\"detail\":\"The query");
  }

  private Http caller(String name) {
    return stand.http(name, TestGateway.TENANT, name);
  }

  private static String ended(Http caller, String path) throws Exception {
    var id = caller.begin(path);
    caller.awaitEnd(id);
    return id;
  }

  private static List<String> ids(Http.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.page().items().stream().map(BackgroundRequestStateDto::id).toList();
  }
}
