package dev.backlane.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.gateway.upstream.ScriptedServer;
import dev.backlane.gateway.upstream.ScriptedServer.Script;
import dev.backlane.gateway.upstream.ScriptedServer.Wire;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class ProxyHandlerTest {
  private static final String DATE = "Date: Sun, 29 Nov 2026 00:00:00 GMT\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final ArrayBlockingQueue<String> requests = new ArrayBlockingQueue<>(100);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a|b",
        "/a%2Fb?x=%7c|[]",
        "/a/../b/./c",
        "//x//y",
        "/?",
        "/a?b?c=%zz",
        "/;m=1/b;c",
        "/a%zz",
        "/p\"<>^`{}\\"
      })
  void passesTheTargetOnByteForByte(String target) throws Exception {
    try (var server = recording(OK);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("GET " + target + " HTTP/1.1\r\nHost: public.example\r\n\r\n");
      assertThat(client.readRequest()).contains("200 OK").endsWith("ok");
      assertThat(recorded()).startsWith("GET " + target + " HTTP/1.1\r\n");
    }
  }

  @Test
  @SuppressWarnings("StringConcatToTextBlock") // The line ends are part of the protocol.
  void addsForwardingFieldsAndDropsHopByHopFields() throws Exception {
    try (var server = recording(OK);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send(
          "PROPFIND /x HTTP/1.1\r\nHost: public.example:81\r\nerp-api-background: none\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
              + "TE: trailers\r\nProxy-Authorization: x\r\nX-Forwarded-For: 10.0.0.1\r\nX-Multi: 1\r\nX-Multi: 2\r\n\r\n");
      client.readRequest();
      assertThat(recorded().lines().skip(1))
          .containsExactlyInAnyOrder(
              "Host: 127.0.0.1:" + server.port(),
              "X-Multi: 1",
              "X-Multi: 2",
              "Forwarded: for=127.0.0.1;host=\"public.example:81\";proto=http",
              "X-Forwarded-For: 127.0.0.1",
              "X-Forwarded-Proto: http",
              "X-Forwarded-Host: public.example:81",
              "X-Forwarded-Port: 81",
              "X-Real-IP: 127.0.0.1",
              "");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 204 No Content\r\nX-A: 1\r\n" + DATE + "\r\n",
        "HTTP/1.1 304 Not Modified\r\n" + DATE + "ETag: \"x\"\r\nContent-Length: 99\r\n\r\n",
        "HTTP/1.1 299 Odd Indeed\r\nset-cookie: b=2\r\nX-a: 1\r\n"
            + DATE
            + "set-cookie: a=1\r\nContent-Length: 0\r\n\r\n"
      })
  void passesTheHeadOnAsReceived(String response) throws Exception {
    try (var server = recording(response);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      for (int again = 0; again < 2; again++) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.readHead()).isEqualTo(response);
      }
    }
  }

  @Test
  void keepsTheLengthOfAResponseToHead() throws Exception {
    String response = "HTTP/1.1 200 OK\r\n" + DATE + "Content-Length: 1000\r\n\r\n";
    try (var server = recording(response);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      for (int again = 0; again < 2; again++) {
        client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.readHead()).isEqualTo(response);
      }
    }
  }

  /// RFC 9110 section 6.6.1: a recipient that forwards a response without `Date` adds one.
  @Test
  void addsADateIfTheUpstreamSendsNone() throws Exception {
    try (var server = recording(OK);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.readRequest())
          .matches("HTTP/1.1 200 OK\r\nDate: \\w{3}, [^\r]+ GMT\r\nContent-Length: 2\r\n\r\nok");
    }
  }

  /// A response can arrive before the thread that sent the end of the body returns from its write.
  @Test
  void keepsConnectionsOpenIfBodiesFollowLate() throws Exception {
    try (var server = ScriptedServer.responding(OK);
        var gateway = new ProxyGateway(server.uri());
        var clients = Executors.newFixedThreadPool(4)) {
      var closed = new AtomicInteger();
      byte[] body = new byte[9_000];
      for (int i = 0; i < 4; i++) {
        var client = gateway.connect();
        clients.execute(() -> {
          try {
            for (int call = 0; call < 1_000; call++) {
              client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n");
              client.send(body);
              client.readRequest();
            }
          } catch (IOException gone) {
            closed.incrementAndGet();
          }
        });
      }
      clients.shutdown();
      assertThat(clients.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertThat(closed).hasValue(0);
    }
  }

  @Test
  void passesEachEventOnAsItIsSent() throws Exception {
    var seen = new ArrayBlockingQueue<String>(10);
    try (var server =
            new ScriptedServer(wire -> {
              wire.readHead();
              wire.send(
                  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
              // Each step waits until the client has received the one before: nothing may be
              // delayed.
              for (String last = seen.take(); !last.equals("3"); last = seen.take()) {
                wire.send("9\r\ndata: " + last + "\n\n\r\n");
              }
              wire.send("0\r\n\r\n");
              wire.readAll();
            });
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.readHead()).contains("text/event-stream");
      for (int each = 0; each < 3; each++) {
        seen.add(Integer.toString(each));
        assertThat(new String(client.readChunk(), StandardCharsets.US_ASCII))
            .isEqualTo("data: " + each + "\n\n");
      }
      seen.add("3");
      assertThat(client.readChunk()).isEmpty();
    }
  }

  @Test
  void streamsRequestAndResponseAtTheSameTime() throws Exception {
    try (var server =
            new ScriptedServer(wire -> {
              assertThat(wire.readHead())
                  .contains("Transfer-Encoding: chunked")
                  .doesNotContain("Content-Length");
              wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
              for (byte[] chunk = wire.readChunk(); chunk.length > 0; chunk = wire.readChunk()) {
                wire.send(Integer.toHexString(chunk.length) + "\r\n");
                wire.send(chunk);
                wire.send("\r\n");
              }
              wire.send("0\r\n\r\n");
              wire.readAll();
            });
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.readHead();
      for (String word : new String[] {"one", "two"}) {
        client.send("3\r\n" + word + "\r\n");
        assertThat(new String(client.readChunk(), StandardCharsets.US_ASCII)).isEqualTo(word);
      }
      client.send("0\r\n\r\n");
      assertThat(client.readChunk()).isEmpty();
    }
  }

  @Test
  void passesLargeCompressedBodiesOnUntouched() throws Exception {
    byte[] large = new byte[5_000_000];
    new Random(3).nextBytes(large);
    try (var server =
            new ScriptedServer(wire -> {
              wire.readHead();
              byte[] got = wire.read(large.length);
              wire.send(
                  "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                      + got.length
                      + "\r\n\r\n");
              wire.send(got);
              wire.readAll();
            });
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send(
          "PUT / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: "
              + large.length
              + "\r\n\r\n");
      var sender = Thread.ofVirtual().start(() -> sendQuietly(client, large));
      assertThat(client.readHead()).contains("Content-Encoding: gzip");
      assertThat(client.read(large.length)).isEqualTo(large);
      sender.join();
    }
  }

  @Test
  void sendsContinueOnlyWhenTheUpstreamDoes() throws Exception {
    try (var server =
            new ScriptedServer(wire -> {
              requests.add(wire.readHead());
              wire.send("HTTP/1.1 100 Continue\r\n\r\n");
              requests.add(new String(wire.read(2), StandardCharsets.US_ASCII));
              wire.send(OK);
              wire.readAll();
            });
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
      client.send("hi");
      assertThat(client.readRequest()).endsWith("ok");
      assertThat(recorded()).contains("Expect: 100-continue");
      assertThat(recorded()).isEqualTo("hi");
    }
  }

  @Test
  void passesOnARefusalInsteadOfContinue() throws Exception {
    Script refusing =
        wire -> {
          wire.readHead();
          wire.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
          wire.readAll();
        };
    try (var server = new ScriptedServer(refusing);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
      assertThat(client.readHead()).startsWith("HTTP/1.1 417 ").contains("Connection: close");
    }
  }

  @Test
  void responds502IfTheUpstreamIsUnreachable() throws Exception {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    try (var gateway = new ProxyGateway(URI.create("http://127.0.0.1:" + port))) {
      var client = gateway.connect();
      for (int again = 0; again < 2; again++) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.readRequest())
            .startsWith("HTTP/1.1 502 ")
            .contains(
                "application/problem+json", "https://backlane.dev/problems/upstream-unreachable");
      }
    }
  }

  @Test
  void responds502IfTheUpstreamClosesBeforeAResponse() throws Exception {
    assertThat(responseOf(Wire::readHead))
        .startsWith("HTTP/1.1 502 ")
        .contains("upstream-unreachable", "may have acted");
  }

  @Test
  void responds504IfTheUpstreamIsSilent() throws Exception {
    assertThat(responseOf(Wire::readAll)).startsWith("HTTP/1.1 504 ").contains("upstream-timeout");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 100\r\n\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
      })
  void abortsTheClientIfTheUpstreamFailsInTheBody(String rest) throws Exception {
    Script half =
        wire -> {
          wire.readHead();
          wire.send("HTTP/1.1 200 OK\r\n" + rest);
        };
    try (var server = new ScriptedServer(half);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      boolean chunked = client.readHead().contains("chunked");
      if (chunked) {
        assertThat(client.readChunk()).hasSize(4);
        assertThatThrownBy(client::readChunk).isInstanceOf(EOFException.class);
      } else {
        assertThatThrownBy(() -> client.read(100)).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void closesTheUpstreamIfTheClientLeavesInTheResponse() throws Exception {
    var gone = new CountDownLatch(1);
    Script endless =
        wire -> {
          wire.readHead();
          wire.send("HTTP/1.1 200 OK\r\n\r\n");
          try {
            while (true) {
              wire.send(new byte[8192]);
            }
          } finally {
            gone.countDown();
          }
        };
    try (var server = new ScriptedServer(endless);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      client.readHead();
      client.close();
      assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void closesTheUpstreamIfTheClientLeavesInTheRequest() throws Exception {
    var gone = new CountDownLatch(1);
    Script reading =
        wire -> {
          try {
            wire.readHead();
            wire.readAll();
          } finally {
            gone.countDown();
          }
        };
    try (var server = new ScriptedServer(reading);
        var gateway = new ProxyGateway(server.uri(), Duration.ofSeconds(20))) {
      var client = gateway.connect();
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhalf");
      client.close();
      assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void takesNoConnectionForAShortBodyThatIsSlow() throws Exception {
    try (var server = recording(OK);
        var gateway = new ProxyGateway(server.uri())) {
      var slow = gateway.connect();
      slow.send("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
      var other = gateway.connect();
      other.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
      other.readRequest();
      assertThat(recorded()).startsWith("GET /other");
      assertThat(server.connections()).isEqualTo(1);
      slow.send("cd");
      slow.readRequest();
      assertThat(recorded()).startsWith("POST /slow").endsWith("abcd");
    }
  }

  @Test
  void passesLargeHeadsBothWays() throws Exception {
    String large = "x".repeat(12_000);
    try (var server =
            recording("HTTP/1.1 200 OK\r\nX-Large: " + large + "\r\nContent-Length: 2\r\n\r\nok");
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Large: " + large + "\r\n\r\n");
      assertThat(client.readRequest()).contains(large).endsWith("ok");
      assertThat(recorded()).contains(large);
    }
  }

  private static String responseOf(Script upstream) throws Exception {
    try (var server = new ScriptedServer(upstream);
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      return client.readRequest();
    }
  }

  private static void sendQuietly(Wire client, byte[] bytes) {
    try {
      client.send(bytes);
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  private ScriptedServer recording(String response) {
    return new ScriptedServer(wire -> {
      while (true) {
        requests.add(wire.readRequest());
        wire.send(response);
      }
    });
  }

  private String recorded() throws InterruptedException {
    var request = requests.poll(10, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    return String.valueOf(request);
  }
}
