package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 2.3: the list of a caller's operations. Each test has its own caller.
@Timeout(60)
final class ListContractTest {
  private static final String LIST = "/v1/background";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @Test
  @DisplayName("an empty list has no cursor")
  void hasNoCursorIfEmpty() throws Exception {
    assertThat(caller("empty").get(LIST).json())
        .containsOnlyKeys("items", "nextCursor")
        .containsEntry("items", List.of())
        .containsEntry("nextCursor", null);
  }

  @Test
  @DisplayName("limit is at most 200")
  void acceptsLimitOf200() throws Exception {
    assertThat(caller("limit").get(LIST + "?limit=200").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("the list is newest first, each item as its state document")
  void isNewestFirst() throws Exception {
    var caller = caller("newest");
    var ids = new ArrayList<String>();
    for (int i = 0; i < 5; i++) {
      ids.addFirst(ended(caller, "/newest/" + i));
    }
    var response = caller.get(LIST);
    assertThat(response.header("Content-Type")).isEqualTo("application/json");
    assertThat(ids(response)).isEqualTo(ids);
    var items = response.json().get("items");
    assertThat(items)
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .first()
        .isEqualTo(caller.stateOf(ids.getFirst()).json());
  }

  @Test
  @DisplayName("the list contains the caller's operations only")
  void containsOwnOperations() throws Exception {
    var caller = caller("own");
    var id = ended(caller, "/own");
    assertThat(ids(gateway.http("own", "sorlys", "own").get(LIST))).isEmpty();
    assertThat(ids(gateway.http("other-client", TestGateway.TENANT, "other-user").get(LIST)))
        .doesNotContain(id);
    assertThat(ids(caller.get(LIST))).containsExactly(id);
    // It started it for no user.
    assertThat(ids(gateway.http("own", TestGateway.TENANT, "other-user").get(LIST)))
        .containsExactly(id);
    assertThat(ids(gateway.http("other-client", TestGateway.TENANT, "own").get(LIST))).isEmpty();
  }

  @Test
  @DisplayName("the list can be filtered by status")
  void filtersByStatus() throws Exception {
    var caller = caller("by-status");
    gateway.api().on("/by-status/broken", RecordingApi.breaking());
    var held = new HeldResponse();
    gateway.api().on("/by-status/gate", held);
    var finished = ended(caller, "/by-status/finished");
    var failed = ended(caller, "/by-status/broken");
    var started = caller.begin("/by-status/gate");
    held.awaitRequest();
    assertThat(ids(caller.get(LIST + "?status=Started"))).containsExactly(started);
    assertThat(ids(caller.get(LIST + "?status=Finished"))).containsExactly(finished);
    assertThat(ids(caller.get(LIST + "?status=Failed"))).containsExactly(failed);
    held.release();
    caller.awaitEnd(started);
    assertThat(ids(caller.get(LIST + "?status=Finished"))).containsExactly(started, finished);
  }

  @Test
  @DisplayName("the list can be filtered by phase")
  void filtersByPhase() throws Exception {
    var caller = caller("by-phase");
    gateway.api().on("/by-phase/broken", RecordingApi.breaking());
    gateway.api().on("/by-phase/again", RecordingApi.responding(429, "", "Retry-After: 3000"));
    var held = new HeldResponse();
    gateway.api().on("/by-phase/gate", held);
    gateway.api().on("/by-phase/canceled", held);
    var finished = ended(caller, "/by-phase/finished");
    var failed = ended(caller, "/by-phase/broken");
    var canceled = caller.begin("/by-phase/canceled");
    held.awaitRequest();
    assertThat(caller.delete(LIST + "/" + canceled).status()).isEqualTo(202);
    var running = caller.begin("/by-phase/gate");
    var retrying = caller.begin("/by-phase/again");
    caller.poll(LIST + "?phase=retrying", response -> !ids(response).isEmpty());
    assertThat(ids(caller.get(LIST + "?phase=retrying"))).containsExactly(retrying);
    assertThat(ids(caller.get(LIST + "?phase=running"))).containsExactly(running);
    assertThat(ids(caller.get(LIST + "?phase=finished"))).containsExactly(finished);
    assertThat(ids(caller.get(LIST + "?phase=failed"))).containsExactly(failed);
    assertThat(ids(caller.get(LIST + "?phase=canceled"))).containsExactly(canceled);
    assertThat(ids(caller.get(LIST + "?phase=queued"))).isEmpty();
    assertThat(ids(caller.get(LIST + "?phase=canceled&status=Failed"))).containsExactly(canceled);
    assertThat(ids(caller.get(LIST + "?phase=canceled&status=Finished"))).isEmpty();
    held.release();
  }

  @Test
  @DisplayName("the list can be filtered by reference")
  void filtersByReference() throws Exception {
    var caller = caller("by-reference");
    var first = caller.begin("/by-reference", "Backlane-Reference", "invoice 7/2");
    caller.begin("/by-reference", "Backlane-Reference", "invoice 8");
    caller.begin("/by-reference");
    var second = caller.begin("/by-reference", "Backlane-Reference", "invoice 7/2");
    assertThat(ids(caller.get(LIST + "?reference=invoice%207%2F2"))).containsExactly(second, first);
    assertThat(ids(caller.get(LIST + "?reference=invoice"))).isEmpty();
  }

  @Test
  @DisplayName("the list can be filtered by receivedAfter and receivedBefore")
  void filtersByTime() throws Exception {
    var caller = caller("by-time");
    var ids = new ArrayList<String>();
    var times = new ArrayList<String>();
    while (ids.size() < 3) {
      var id = ended(caller, "/by-time");
      var received = String.valueOf(caller.stateOf(id).json().get("receivedUtc"));
      // Times have millisecond precision; of operations with the same time, the first is dropped.
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

  @Test
  @DisplayName("limit and cursor return every operation once, page by page")
  void returnsEachOperationOnce() throws Exception {
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

  @Test
  @DisplayName("a cursor continues where it was, regardless of new operations")
  void continuesAtCursor() throws Exception {
    var caller = caller("cursor");
    var old = List.of(caller.begin("/cursor"), caller.begin("/cursor"));
    var page = caller.get(LIST + "?limit=1").page();
    caller.begin("/cursor");
    assertThat(ids(caller.get(LIST + "?limit=1&cursor=" + page.nextCursor())))
        .containsExactly(old.getFirst());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
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
        "reference=%zz"
      })
  @DisplayName("an invalid query gets 400")
  void refusesInvalidQuery(String query) throws Exception {
    var response =
        caller("refused")
            .raw(
                "GET "
                    + LIST
                    + "?"
                    + query
                    + " HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n");
    assertThat(response)
        .startsWith("HTTP/1.1 400 ")
        .contains("https://backlane.dev/problems/invalid-request")
        .contains("\"detail\":\"The query");
  }

  private Http caller(String name) {
    return gateway.http(name, TestGateway.TENANT, name);
  }

  private static String ended(Http caller, String path) throws Exception {
    var id = caller.begin(path);
    caller.awaitEnd(id);
    return id;
  }

  private static List<String> ids(Http.Response response) {
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return response.page().items().stream().map(BackgroundRequestStateDto::id).toList();
  }
}
