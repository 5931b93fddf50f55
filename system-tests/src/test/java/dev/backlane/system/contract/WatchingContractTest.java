package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 2.3: watching and canceling an operation. [ListContractTest] tests the list,
/// [StoredContentContractTest] the content.
@Timeout(60)
sealed class WatchingContractTest permits ThroughNginxTest.Watching, ThroughHaproxyTest.Watching {
  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @RegisterExtension
  static final TestGateway narrow = TestGateway.with("execution: { concurrency: 1 }\n");

  @RegisterExtension static final TestGateway brief = TestGateway.with("retention: 3s\n");

  private final Http http = gateway.http();

  @Nested
  final class ConditionalRequests {
    @Test
    @DisplayName("state responses carry an ETag, which changes with the state")
    void changesTagWithState() throws Exception {
      var held = held("/tag");
      var id = http.begin("/tag");
      held.awaitRequest();
      var before = http.stateOf(id);
      assertThat(before.header("ETag")).matches("\"[^\"]+\"");
      assertThat(http.stateOf(id).header("ETag")).isEqualTo(before.header("ETag"));
      held.release();
      http.awaitEnd(id);
      assertThat(http.stateOf(id).header("ETag"))
          .matches("\"[^\"]+\"")
          .isNotEqualTo(before.header("ETag"));
    }

    @Test
    @DisplayName("304 without a body on If-None-Match, 200 once the state has changed")
    void returns304UntilStateChanges() throws Exception {
      var held = held("/match");
      var id = http.begin("/match");
      held.awaitRequest();
      var tag = http.stateOf(id).header("ETag");
      var same = http.stateOf(id, "If-None-Match", "\"other\", " + tag);
      assertThat(same.status()).isEqualTo(304);
      assertThat(same.body()).isEmpty();
      assertThat(same.header("ETag")).isEqualTo(tag);
      held.release();
      http.awaitEnd(id);
      assertThat(http.stateOf(id, "If-None-Match", tag).status()).isEqualTo(200);
    }

    @Test
    @DisplayName("application/json and text/json have different ETags")
    void separatesTagsByMediaType() throws Exception {
      var id = ended("/media");
      assertThat(http.stateOf(id, "Accept", "text/json").header("ETag"))
          .isNotEqualTo(http.stateOf(id).header("ETag"));
    }

    @Test
    @DisplayName("Retry-After is sent, in seconds and also with 304, until the operation has ended")
    void sendsRetryAfterUntilEnd() throws Exception {
      var held = held("/retry-after");
      var id = http.begin("/retry-after");
      held.awaitRequest();
      var running = http.stateOf(id);
      assertThat(Integer.parseInt(running.header("Retry-After"))).isBetween(1, 30);
      assertThat(http.stateOf(id, "If-None-Match", running.header("ETag")).header("Retry-After"))
          .isNotEmpty();
      held.release();
      http.awaitEnd(id);
      assertThat(http.stateOf(id).headers().firstValue("Retry-After")).isEmpty();
    }
  }

  @Nested
  final class Waiting {
    @Test
    @DisplayName("`?wait=30` delays the response until the operation ends")
    void waitsForEndByQuery() throws Exception {
      holdsUntilEnd("/wait/query", "?wait=30");
    }

    @Test
    @DisplayName("`Prefer: wait=30` delays the response until the operation ends")
    void waitsForEndByPrefer() throws Exception {
      holdsUntilEnd("/wait/prefer", "", "Prefer", "wait=30");
    }

    @Test
    @DisplayName("`?wait=1` responds after one second if the operation has not ended")
    void respondsAfterWaitOfQuery() throws Exception {
      holdsForTime("/time/query", "?wait=1");
    }

    @Test
    @DisplayName("`Prefer: wait=1` responds after one second if the operation has not ended")
    void respondsAfterWaitOfPrefer() throws Exception {
      holdsForTime("/time/prefer", "", "Prefer", "wait=1");
    }

    @Test
    @DisplayName("`?wait=30` responds at once if the operation has ended")
    void respondsAtOnceAfterEnd() throws Exception {
      var begun = System.nanoTime();
      var state = http.get("/v1/background/" + ended("/over") + "?wait=30").state();
      assertThat(state.status()).isEqualTo(Status.FINISHED);
      assertThat(since(begun)).isLessThan(Duration.ofSeconds(15));
    }

    @Test
    @DisplayName("a wait that is not a number of seconds gets 400")
    void refusesMalformedWait() throws Exception {
      var id = ended("/over");
      for (String wait : List.of("soon", "-1", "1.5")) {
        http.get("/v1/background/" + id + "?wait=" + wait).assertProblem(400, "invalid-request");
      }
    }
  }

  @Nested
  final class Cancellation {
    @Test
    @DisplayName("a queued operation is canceled with 204 and never runs")
    void cancelsQueuedOperation() throws Exception {
      var held = new HeldResponse();
      narrow.api().on("/busy", held);
      var caller = narrow.http();
      var first = caller.begin("/busy");
      held.awaitRequest();
      var queued = caller.begin("/cancel/queued");
      assertThat(caller.stateOf(queued).state().phase()).isEqualTo(Phase.QUEUED);
      assertThat(caller.delete("/v1/background/" + queued).status()).isEqualTo(204);
      var state = caller.stateOf(queued).state();
      assertThat(state.phase()).isEqualTo(Phase.CANCELED);
      assertThat(state.status()).isEqualTo(Status.FAILED);
      assertThat(state.errorMessage()).contains("the upstream has not received the request");
      held.release();
      caller.awaitEnd(first);
      // The canceled operation would have run before this one.
      caller.awaitEnd(caller.begin("/after"));
      assertThat(narrow.api().received("/cancel/queued")).isEmpty();
    }

    @Test
    @DisplayName(
        "a running operation is canceled with 202 and aborted, and its errorMessage says that the upstream may have acted")
    void cancelsRunningOperation() throws Exception {
      var held = held("/cancel/running");
      var id = http.begin("/cancel/running");
      held.awaitRequest();
      assertThat(http.delete("/v1/background/" + id).status()).isEqualTo(202);
      var state = http.awaitEnd(id);
      assertThat(state.phase()).isEqualTo(Phase.CANCELED);
      assertThat(state.status()).isEqualTo(Status.FAILED);
      assertThat(state.statusCode()).isZero();
      assertThat(state.errorMessage()).contains("the upstream may have acted");
      held.release();
      assertThat(http.contentOf(id).status()).isEqualTo(404);
      assertThat(http.stateOf(id).state().phase()).isEqualTo(Phase.CANCELED);
    }

    @Test
    @DisplayName("an operation that waits for its next attempt is canceled with 204 and makes none")
    void cancelsRetryingOperation() throws Exception {
      gateway.api().on("/cancel/retrying", RecordingApi.responding(429, "", "Retry-After: 3000"));
      var id = http.begin("/cancel/retrying");
      http.poll("/v1/background/" + id, response -> response.state().phase() == Phase.RETRYING);
      assertThat(http.delete("/v1/background/" + id).status()).isEqualTo(204);
      assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.CANCELED);
      assertThat(gateway.api().received("/cancel/retrying")).hasSize(1);
    }
  }

  @Nested
  final class CancellationRefusals {
    @Test
    @DisplayName("409 once the operation has ended; its state and content stay")
    void refusesEndedOperation() throws Exception {
      var id = ended("/cancel/late");
      http.delete("/v1/background/" + id).assertProblem(409, "conflict");
      assertThat(http.stateOf(id).state().phase()).isEqualTo(Phase.FINISHED);
      assertThat(http.contentOf(id).text()).isEqualTo("{}");
    }

    @Test
    @DisplayName("409 once the operation is canceled")
    void refusesCanceledOperation() throws Exception {
      var held = held("/cancel/twice");
      var id = http.begin("/cancel/twice");
      held.awaitRequest();
      assertThat(http.delete("/v1/background/" + id).status()).isEqualTo(202);
      http.delete("/v1/background/" + id).assertProblem(409, "conflict");
      held.release();
    }

    @Test
    @DisplayName("403 for a caller who may not read it, and the operation continues")
    void refusesOtherCaller() throws Exception {
      var held = held("/cancel/others");
      var id = http.begin("/cancel/others");
      held.awaitRequest();
      gateway
          .http("other-client", TestGateway.TENANT, "other-user")
          .delete("/v1/background/" + id)
          .assertProblem(403, "forbidden");
      held.release();
      assertThat(http.awaitEnd(id).status()).isEqualTo(Status.FINISHED);
    }

    @Test
    @DisplayName("404 for an unknown id")
    void returns404ForUnknownId() throws Exception {
      http.delete("/v1/background/019aa000-0000-7000-8000-00000000000a")
          .assertProblem(404, "not-found");
    }
  }

  @Nested
  final class Retention {
    @Test
    @DisplayName(
        "after the retention, counted from the end: state 404, content 410, absent from the list; a running operation stays")
    void prunesEndedOperationsOnly() throws Exception {
      var held = new HeldResponse();
      brief.api().on("/outlives", held);
      var caller = brief.http();
      var running = caller.begin("/outlives");
      held.awaitRequest();
      var ended = caller.begin("/pruned");
      assertThat(caller.awaitEnd(ended).statusCode()).isEqualTo(200);
      caller
          .poll("/v1/background/" + ended, response -> response.status() != 200)
          .assertProblem(404, "not-found");
      caller.contentOf(ended).assertProblem(410, "gone");
      // Received earlier, but it has not ended.
      assertThat(caller.stateOf(running).state().status()).isEqualTo(Status.STARTED);
      caller.contentOf(running).assertProblem(404, "no-content");
      assertThat(caller.get("/v1/background").page().items())
          .extracting(BackgroundRequestStateDto::id)
          .containsExactly(running);
      held.release();
    }
  }

  private static HeldResponse held(String path) {
    var held = new HeldResponse();
    gateway.api().on(path, held);
    return held;
  }

  private String ended(String path) throws Exception {
    var id = http.begin(path);
    http.awaitEnd(id);
    return id;
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private void holdsUntilEnd(String path, String query, String... headers) throws Exception {
    var held = held(path);
    var id = http.begin(path);
    held.awaitRequest();
    Callable<Http.Response> asking = () -> http.get("/v1/background/" + id + query, headers);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var begun = System.nanoTime();
      var response = threads.submit(asking);
      // The response is delayed while another request gets its response.
      http.get("/v1/background/" + id + "?wait=1");
      assertThat(response.isDone()).isFalse();
      held.release();
      assertThat(response.get().state().status()).isEqualTo(Status.FINISHED);
      assertThat(since(begun)).isLessThan(Duration.ofSeconds(25));
    }
  }

  private void holdsForTime(String path, String query, String... headers) throws Exception {
    var held = held(path);
    var id = http.begin(path);
    held.awaitRequest();
    var begun = System.nanoTime();
    var state = http.get("/v1/background/" + id + query, headers).state();
    assertThat(since(begun)).isBetween(Duration.ofMillis(990), Duration.ofSeconds(25));
    assertThat(state.status()).isEqualTo(Status.STARTED);
    held.release();
    http.awaitEnd(id);
  }
}
