package dev.backlane.app.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.fuzz.WireClient.Received;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Lets the upstream send mutated responses, to proxied and to background calls. Whatever the bytes
/// are, the client gets a well-formed response or the connection is closed, no call gets a response
/// that belongs to another, each background call ends, no response of the gateway is 500, and the
/// log has no stack trace.
///
/// `-Dbacklane.fuzz.seed` and `-Dbacklane.fuzz.responses` change what is sent.
final class ResponseFuzzTest {
  private static final long SEED = Long.getLong("backlane.fuzz.seed", 20_261_129);
  private static final int RESPONSES = Integer.getInteger("backlane.fuzz.responses", 5_000);
  private static final int CLIENTS = 8;
  private static final int FAILURES_MAX = 20;

  /// Of so many calls, one is made in the background.
  private static final int BACKGROUND_PART = 4;

  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger passed = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();

  @Test
  @Timeout(600)
  void noResponseReachesAnotherCall() throws Exception {
    try (var upstream = new EchoUpstream();
        var gateway = new FuzzedGateway(upstream.uri())) {
      var clients = new ArrayList<Thread>();
      for (int client = 0; client < CLIENTS; client++) {
        int first = client;
        clients.add(Thread.ofVirtual().start(() -> run(gateway.port(), upstream, first)));
      }
      for (var client : clients) {
        client.join();
      }
      assertThat(failures).as("seed %d", SEED).isEmpty();
      gateway.assertLogIsClean();
      assertThat(upstream.violations()).as("seed %d", SEED).isEmpty();
    }
    assertThat(passed).as("proxied responses").hasValueGreaterThan(RESPONSES / 4);
    assertThat(finished).as("finished background calls").hasValueGreaterThan(RESPONSES / 20);
  }

  private void run(int port, EchoUpstream upstream, int first) {
    WireClient client = null;
    for (int number = first;
        number < RESPONSES && failures.size() < FAILURES_MAX;
        number += CLIENTS) {
      var generator = new ResponseGenerator(SEED, number);
      var response = generator.response();
      boolean open = false;
      try {
        client = client == null ? new WireClient(port, 1 + number % 250) : client;
        boolean background = number / CLIENTS % BACKGROUND_PART == 0;
        upstream.script("/r/" + number, response);
        open = background ? background(client, number) : proxied(client, number, generator.plain());
        open &= marker(client, number, open);
      } catch (IOException | RuntimeException fault) {
        failures.add(
            "number " + number + ": " + fault + "\n" + ReferenceParser.visible(response.bytes()));
      }
      if (!open && client != null) {
        client.close();
        client = null;
      }
    }
  }

  /// @return whether the connection is open
  private boolean proxied(WireClient client, int number, boolean plain) throws IOException {
    client.send(
        number % 3 == 0
            ? "POST /r/" + number + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
            : "GET /r/" + number + " HTTP/1.1\r\nHost: a\r\n\r\n");
    try {
      var response = client.receive("GET");
      if (response.isEmpty()) {
        return false;
      }
      check(response.get());
      if (response.get().status() != 502) {
        passed.incrementAndGet();
      }
      if (number % 10 == 1 && response.get().field("X-Split").isPresent()) {
        throw new IOException("the bytes after a response were a response: " + response.get());
      }
      if (plain && !response.get().body().equals("ok")) {
        throw new IOException("a valid response was not passed on: " + response.get());
      }
      return !response.get().closes();
    } catch (EOFException cut) {
      return false;
    }
  }

  private boolean background(WireClient client, int number) throws IOException {
    client.send(
        "POST /r/"
            + number
            + " HTTP/1.1\r\nHost: a\r\nerp-api-background: none\r\nContent-Length: 2\r\n\r\nhi");
    var accepted = received(client, 202);
    var location = accepted.field("Location").orElseThrow();
    var path = location.substring(location.indexOf("/v1/"));
    client.send("GET " + path + "?wait=20 HTTP/1.1\r\nHost: a\r\n\r\n");
    var state = received(client, 200).body();
    if (state.contains("\"finishedUtc\":null")) {
      throw new IOException("a background call has not ended: " + state);
    }
    if (state.contains("\"status\":\"Finished\"")) {
      finished.incrementAndGet();
    }
    client.send("GET " + path + "/content HTTP/1.1\r\nHost: a\r\n\r\n");
    var content = client.receive("GET").orElseThrow();
    check(content);
    boolean has = state.contains("\"hasResponseContent\":true");
    if (content.status() != (has ? 200 : 404)) {
      throw new IOException("the state is " + state + ", and the content " + content);
    }
    return true;
  }

  private static Received received(WireClient client, int status) throws IOException {
    var response = client.receive("GET").orElseThrow(() -> new EOFException("no response"));
    if (response.status() != status) {
      throw new IOException("not " + status + " but " + response);
    }
    return response;
  }

  /// The next call gets its own response, on the same connection of the client if it is open, and
  /// probably on the same one to the upstream.
  private static boolean marker(WireClient client, int number, boolean open) throws IOException {
    if (!open) {
      return false;
    }
    client.send("GET /marker/" + number + " HTTP/1.1\r\nHost: a\r\n\r\n");
    var response = received(client, 200);
    if (!response.body().startsWith("GET /marker/" + number + " ")) {
      throw new IOException("the next call got " + response);
    }
    return !response.closes();
  }

  /// A response of the upstream may have the status 500; a problem document of the gateway not.
  private static void check(Received response) throws IOException {
    if (response.body().contains("problems/internal-error")) {
      throw new IOException("a call got " + response);
    }
  }
}
