package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A gateway on a copy of a store: calls that the original may have sent are held until an operator
/// decides.
@Timeout(120)
final class HeldCallsTest {
  private static final String TOKEN = "a-token-of-the-operator-of-held-calls";
  private static final String HELD = "/admin/v1/operations/held";

  @TempDir private Path folder;

  /// The calls of the original: one that was in flight when it was killed, and queued ones.
  private record Calls(String sent, List<String> posts, String get) {}

  private static TestGateway gateway() {
    return TestGateway.with("admin: { token: " + TOKEN + " }\nexecution: { concurrency: 1 }\n");
  }

  private Calls copied() throws Exception {
    var response = new HeldResponse();
    // Kept: a directory whose original is gone counts as moved.
    try (var original = gateway().dataFolder(folder.resolve("original")).start()) {
      original.api().on("/sent", response);
      var http = original.http();
      var sent = http.beginWith("POST", "/sent", "{}");
      response.awaitRequest();
      var posts =
          List.of(
              http.beginWith("POST", "/queued/1", "{}"), http.beginWith("POST", "/queued/2", "{}"));
      var get = http.beginWith("GET", "/queued/3", "");
      original.crash();
      copy(original.dataFolder(), copy());
      return new Calls(sent, posts, get);
    } finally {
      response.release();
    }
  }

  private Path copy() {
    return folder.resolve("copy");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static String phase(Http http, String id) throws Exception {
    return String.valueOf(http.stateOf(id).json().get("phase"));
  }

  @Test
  void holdsQueuedPostsUntilTheyAreReleased() throws Exception {
    var calls = copied();
    try (var gateway = gateway().dataFolder(copy()).start()) {
      var http = gateway.http();
      var admin = http.as(TOKEN);
      assertThat(http.awaitEnd(calls.get()).statusCode()).isEqualTo(200);
      assertThat(http.awaitEnd(calls.sent()).errorMessage()).startsWith("Outcome unknown");
      for (var post : calls.posts()) {
        assertThat(phase(http, post)).isEqualTo("held");
      }
      assertThat(ids(admin.get(HELD).json())).isEqualTo(calls.posts());
      assertThat(Browser.at(gateway).signedIn(TOKEN).get("/ui").text())
          .contains("Operations held: 2", "store resume");
      assertThat(gateway.process().lineWith("This store is a copy")).isPresent();

      http.delete("/v1/background/" + calls.posts().getLast());
      assertThat(phase(http, calls.posts().getLast())).isEqualTo("canceled");
      assertThat(admin.post(HELD + "/release", "").json()).isEqualTo(Map.of("released", 1));
      assertThat(http.awaitEnd(calls.posts().getFirst()).statusCode()).isEqualTo(200);
      assertThat(ids(admin.get(HELD).json())).isEmpty();
      assertThat(Browser.at(gateway).signedIn(TOKEN).get("/ui").text())
          .doesNotContain("Operations held");
      assertThat(gateway.api().received())
          .extracting(received -> received.target())
          .containsExactlyInAnyOrder("/queued/1", "/queued/3");
    }
  }

  @Test
  void endsHeldPostsWithAnUnknownOutcome() throws Exception {
    var calls = copied();
    try (var gateway = gateway().dataFolder(copy()).start()) {
      var admin = gateway.http().as(TOKEN);
      assertThat(gateway.http().post(HELD + "/fail", "").status()).isIn(401, 403);
      assertThat(admin.post(HELD + "/fail", "").json()).isEqualTo(Map.of("failed", 2));
      for (var post : calls.posts()) {
        var state = gateway.http().awaitEnd(post);
        assertThat(state.errorMessage()).startsWith("Outcome unknown");
        assertThat(state.errorCode()).isEqualTo("outcome-unknown");
      }
      gateway.crash();
      gateway.restart();
      assertThat(ids(gateway.http().as(TOKEN).get(HELD).json())).isEmpty();
      assertThat(gateway.api().received()).noneMatch(received -> received.method().equals("POST"));
    }
  }

  private static List<String> ids(Map<String, Object> document) {
    return document.get("items") instanceof List<?> items
        ? items.stream().map(item -> String.valueOf(((Map<?, ?>) item).get("id"))).toList()
        : List.of();
  }
}
