package dev.backlane.app.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.fuzz.ReferenceParser.End;
import dev.backlane.app.fuzz.ReferenceParser.Found;
import dev.backlane.app.fuzz.ReferenceParser.Parsed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Sends mutated requests to a gateway, and a marker after each on the same connection. Whatever
/// the bytes are, the marker gets its own response or the connection is closed, the upstream
/// receives only requests that a strict parser finds in what was sent, no response is 500, and the
/// log has no stack trace.
///
/// `-Dbacklane.fuzz.seed` and `-Dbacklane.fuzz.requests` change what is sent.
final class RequestFuzzTest {
  private static final long SEED = Long.getLong("backlane.fuzz.seed", 20_261_129);
  private static final int REQUESTS = Integer.getInteger("backlane.fuzz.requests", 20_000);
  private static final int CLIENTS = 4;
  private static final int FAILURES_MAX = 20;
  private static final int ACCEPTED = 202;

  private final Map<Found, AtomicInteger> sent = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger markers = new AtomicInteger();

  @Test
  @Timeout(600)
  void noRequestIsReadInTwoWays() throws Exception {
    try (var upstream = new EchoUpstream()) {
      try (var gateway = new FuzzedGateway(upstream.uri())) {
        var clients = new ArrayList<Thread>();
        for (int client = 0; client < CLIENTS; client++) {
          int first = client;
          clients.add(Thread.ofVirtual().start(() -> run(gateway.port(), first)));
        }
        for (var client : clients) {
          client.join();
        }
        assertThat(failures).as("seed %d", SEED).isEmpty();
        gateway.assertLogIsClean();
      }
      assertThat(upstream.violations()).as("seed %d", SEED).isEmpty();
      assertReceivedOnlyWhatWasSent(upstream);
    }
    assertThat(markers).as("markers with a response").hasValueGreaterThan(REQUESTS / 8);
  }

  private void run(int port, int first) {
    WireClient client = null;
    for (int number = first;
        number < REQUESTS && failures.size() < FAILURES_MAX;
        number += CLIENTS) {
      var generator = new RequestGenerator(SEED, number);
      var input = generator.bytes();
      var marker = new Found("GET", "/marker/" + number, "");
      var bytes = input + "GET /marker/" + number + " HTTP/1.1\r\nHost: m\r\n\r\n";
      var parsed = ReferenceParser.parse(bytes);
      parsed
          .requests()
          .forEach(each -> sent.computeIfAbsent(each, _ -> new AtomicInteger()).incrementAndGet());
      boolean open = false;
      try {
        client = client == null ? new WireClient(port, 1 + number % 250) : client;
        open = exchange(client, bytes, parsed, marker);
        if (generator.plain() && !open) {
          fail(number, input, "the connection was closed after a valid request");
        }
      } catch (IOException | RuntimeException fault) {
        fail(number, input, fault.toString());
      }
      if (!open && client != null) {
        client.close();
        client = null;
      }
    }
  }

  private void fail(int number, String input, String why) {
    failures.add("number " + number + ": " + why + "\n" + ReferenceParser.visible(input));
  }

  /// @return whether the connection can be used for the next input
  private boolean exchange(WireClient client, String bytes, Parsed parsed, Found marker)
      throws IOException {
    client.send(bytes);
    boolean whole = parsed.end() == End.COMPLETE && parsed.requests().getLast().equals(marker);
    if (!whole) {
      client.end();
    }
    for (var request : parsed.requests()) {
      var response = client.receive(request.method());
      if (response.isEmpty()) {
        return false;
      }
      check(request, response.get());
      if (request.equals(marker)) {
        markers.incrementAndGet();
      }
      if (response.get().closes()) {
        assertClosed(client);
        return false;
      }
    }
    if (whole) {
      return true;
    }
    // Of a response without content to a malformed HEAD, its content is skipped: the method of such
    // a request is not certain, and the connection ends with the response.
    var last = client.receiveLast(parsed.rest().startsWith("HEAD "));
    if (last.isPresent()) {
      check(marker, last.get());
      if (last.get().status() == ACCEPTED || last.get().field(EchoUpstream.MARK).isPresent()) {
        throw new IOException("bytes that are no request were accepted: " + last.get());
      }
    }
    return false;
  }

  private static void check(Found request, WireClient.Received response) throws IOException {
    if (response.status() == 500 || response.status() == 502 || response.status() == 504) {
      throw new IOException("a response " + response);
    }
    boolean echo = response.field(EchoUpstream.MARK).isPresent();
    if (echo && !request.method().equals("HEAD") && !response.body().equals(request.echo())) {
      throw new IOException("the response to " + request + " is " + response.body());
    }
  }

  private static void assertClosed(WireClient client) throws IOException {
    var next = client.receive("GET");
    if (next.isPresent()) {
      throw new IOException("a response after the last: " + next.get());
    }
  }

  private void assertReceivedOnlyWhatWasSent(EchoUpstream upstream) {
    for (var request : upstream.takeReceived()) {
      var times = sent.get(request);
      if (times == null) {
        throw new AssertionError("seed " + SEED + ": the upstream received " + request);
      }
      assertThat(times.decrementAndGet())
          .as("seed %d: the upstream received %s once too often", SEED, request)
          .isNotNegative();
    }
  }
}
