package dev.backlane.system.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The wall clock of a real process jumps, by libfaketime (Debian package `faketime`).
@Timeout(120)
final class ClockJumpTest {
  private static final Duration LOGGED_WITHIN = Duration.ofSeconds(30);

  @TempDir Path folder;

  private final RecordingApi api = new RecordingApi();

  private GatewayProcess serve() throws IOException {
    return GatewayProcess.serve(
        Map.of(
            "LD_PRELOAD", library(),
            "FAKETIME_TIMESTAMP_FILE", folder.resolve("offset").toString(),
            "DONT_FAKE_MONOTONIC", "1",
            "FAKETIME_DONT_FAKE_MONOTONIC", "1",
            "FAKETIME_NO_CACHE", "1",
            "FAKETIME_DONT_RESET", "1"),
        List.of(),
        "--upstream=" + api.url(),
        "--auth.mode=none",
        "--port=0",
        "--data=" + folder.resolve("data"),
        "--execution.concurrency=1");
  }

  private static String library() throws IOException {
    try (var found =
        Files.find(
            Path.of("/usr/lib"), 4, (path, _) -> path.endsWith("faketime/libfaketimeMT.so.1"))) {
      return found.findFirst().orElseThrow().toString();
    }
  }

  private void setClock(String offset) throws IOException {
    var next = Files.writeString(folder.resolve("next"), offset + "\n");
    Files.move(next, folder.resolve("offset"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static Http http(GatewayProcess gateway) {
    return new Http(HttpClient.newHttpClient(), gateway.url(), "");
  }

  private static void awaitLine(GatewayProcess gateway, String text) throws Exception {
    Deadline.within(LOGGED_WITHIN, text, () -> gateway.lineWith(text).isPresent());
  }

  @Test
  void queuedCallsRunInOrderAfterTheClockWentBack() throws Exception {
    setClock("+0");
    var held = new HeldResponse();
    api.on("/held", held);
    try (var gateway = serve()) {
      var http = http(gateway);
      http.begin("/held");
      held.awaitRequest();
      var first = http.begin("/queued/1");
      setClock("-2h");
      awaitLine(gateway, "behind the time that Backlane keeps");
      var second = http.begin("/queued/2");
      held.release();
      http.awaitEnd(first);
      http.awaitEnd(second);
      assertThat(api.received())
          .extracting(RecordingApi.Received::path)
          .containsExactly("/held", "/queued/1", "/queued/2");
      setClock("+0");
      awaitLine(gateway, "agrees with the time that Backlane keeps again");
    }
  }

  @Test
  void queuedCallsRunAfterAStartWithAClockThatIsBehind() throws Exception {
    setClock("+0");
    var held = new HeldResponse();
    api.on("/held", held);
    String queued;
    try (var gateway = serve()) {
      var http = http(gateway);
      http.begin("/held");
      held.awaitRequest();
      queued = http.begin("/queued");
      gateway.kill();
    }
    setClock("-2h");
    try (var gateway = serve()) {
      assertThat(http(gateway).awaitEnd(queued).phase()).isEqualTo(Phase.FINISHED);
    }
    held.release();
  }

  @Test
  void keepsResultsAndKeysAfterTheClockWentForward() throws Exception {
    setClock("+0");
    String id;
    try (var gateway = serve()) {
      var http = http(gateway);
      id = http.begin("/done", "Idempotency-Key", "K");
      http.awaitEnd(id);
      setClock("+30h");
      awaitLine(gateway, "ahead of the time that Backlane keeps");
      assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.FINISHED);
      assertThat(http.begin("/done", "Idempotency-Key", "K")).isEqualTo(id);
    }
    try (var gateway = serve()) {
      assertThat(http(gateway).begin("/done", "Idempotency-Key", "K")).isEqualTo(id);
    }
  }
}
