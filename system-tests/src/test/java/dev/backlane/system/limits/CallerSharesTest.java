package dev.backlane.system.limits;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What one caller may have in flight at the same time: uploads, downloads, lists and waits.
@Timeout(60)
final class CallerSharesTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int LARGE_BYTES = 16 << 20;

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          "limits: { uploads-per-caller: 2, downloads-per-caller: 2, lists-per-caller: 2,"
              + " waits-per-caller: 2 }\n");

  private final List<Socket> sockets = new ArrayList<>();
  private Http http = gateway.http();
  private Http other = gateway.http();

  @BeforeEach
  void distinguishCallers() {
    http = gateway.http("caller", "acme", "caller");
    other = gateway.http("caller", "acme", "another-user");
  }

  @AfterEach
  void close() throws IOException {
    for (var each : sockets) {
      each.close();
    }
  }

  private void hold(String head) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(4_096);
    socket.connect(new InetSocketAddress(gateway.url().getHost(), gateway.url().getPort()));
    sockets.add(socket);
    var message = head + "\r\nHost: gateway\r\nAuthorization: Bearer " + http.token() + "\r\n\r\n";
    socket.getOutputStream().write(message.getBytes(US_ASCII));
  }

  @Test
  void limitsWaits() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/wait", held);
    var id = http.begin("/wait");
    held.awaitRequest();
    var path = "/v1/background/" + id;

    // The call that probes is a wait too, and one that is to be held may be refused for it.
    Deadline.within(
        LONG,
        "429",
        () -> {
          hold("GET " + path + "?wait=30 HTTP/1.1");
          return http.get(path + "?wait=1").status() == 429;
        });
    var refused = http.get(path + "?wait=1");
    refused.assertProblem(429, "rate-limited");
    assertThat(refused.header("Retry-After")).isEqualTo("1");
    assertThat(refused.text()).contains("limits.waits-per-caller");
    assertThat(http.get(path).status()).as("without a wait").isEqualTo(200);
    var accepted = http.post("/wait", "{}", "Prefer", "respond-async, wait=20");
    assertThat(accepted.status()).as("answered without waiting").isEqualTo(202);
    held.release();
    Deadline.within(LONG, "the end of the waits", () -> http.get(path + "?wait=1").status() == 200);
  }

  @Test
  void limitsUploads() throws Exception {
    var upload = "POST /upload HTTP/1.1\r\nerp-api-background: none\r\nContent-Length: 9";
    hold(upload);
    hold(upload);

    Deadline.within(LONG, "429", () -> upload(http).status() == 429);
    upload(http).assertProblem(429, "rate-limited");
    assertThat(upload(other).status()).as("another user").isEqualTo(202);
    assertThat(http.get("/upload", "erp-api-background", "none").status())
        .as("without a body")
        .isEqualTo(202);
    sockets.getFirst().close();
    Deadline.within(LONG, "202", () -> upload(http).status() == 202);
  }

  private static Http.Response upload(Http caller) throws Exception {
    return caller.post("/upload", "{}", "erp-api-background", "none");
  }

  @Test
  void limitsDownloads() throws Exception {
    gateway.api().on("/large", RecordingApi.responding(200, "x".repeat(LARGE_BYTES)));
    var id = http.begin("/large");
    http.awaitEnd(id);
    var path = "/v1/background/" + id + "/content";
    hold("GET " + path + " HTTP/1.1");
    hold("GET " + path + " HTTP/1.1");

    Deadline.within(LONG, "429", () -> http.get(path, "Range", "bytes=0-0").status() == 429);
    sockets.getFirst().close();
    Deadline.within(LONG, "206", () -> http.get(path, "Range", "bytes=0-0").status() == 206);
  }
}
