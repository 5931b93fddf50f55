package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.HostAddresses;
import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The verdicts of an [HttpUpstream] on calls that failed, were late or were aborted.
@Timeout(30)
final class HttpUpstreamFaultsTest extends StoredCalls {
  private static final PeerNetwork CLIENT =
      PeerNetwork.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));

  @Test
  void reportsNothingSentWhenRefused() throws Exception {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    assertThat(send(URI.create("http://127.0.0.1:" + port), get()).verdict())
        .isInstanceOf(Verdict.NotSent.class);
  }

  @Test
  void reportsNothingSentToAnUnknownHost() throws Exception {
    assertThat(send(URI.create("http://nowhere.invalid"), get()).verdict())
        .isInstanceOfSatisfying(
            Verdict.NotSent.class, why -> assertThat(why.cause()).contains("does not resolve"));
  }

  @Test
  void reportsNothingSentWhenTlsFails() throws Exception {
    try (var server = once("this is no TLS\r\n\r\n")) {
      assertThat(send(URI.create("https://127.0.0.1:" + server.port()), get()).verdict())
          .isInstanceOfSatisfying(
              Verdict.NotSent.class, why -> assertThat(why.cause()).contains("TLS"));
    }
  }

  /// With TLS 1.3, the client sends its request before the server has refused its certificate.
  @Test
  void reportsNothingSentWhenTheUpstreamRefusesTheCertificate(@TempDir Path folder)
      throws Exception {
    var listening =
        (SSLServerSocket)
            SelfSigned.context(folder)
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listening.setNeedClientAuth(true);
    var trusting = SelfSigned.trusting(folder);
    var received = new CountDownLatch(1);
    try (var server =
            new ScriptedServer(
                listening,
                wire -> {
                  wire.readRequest();
                  received.countDown();
                });
        var client =
            new UpstreamClient(
                URI.create("https://127.0.0.1:" + server.port()),
                LONG,
                1,
                () -> trusting,
                new HostAddresses())) {
      var post = attempt("POST", "/", List.of(), "body".getBytes(StandardCharsets.UTF_8));
      assertThat(send(client, post).verdict())
          .isInstanceOfSatisfying(
              Verdict.NotSent.class,
              why -> {
                assertThat(why.obstacle()).isEqualTo(Obstacle.UPSTREAM_UNREACHABLE);
                assertThat(why.cause()).contains("TLS");
              });
      assertThat(received.getCount()).as("the upstream has read no request").isEqualTo(1);
    }
  }

  @Test
  void reportsNothingSentWhenTheBodyCannotBeRead() throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n")) {
      var source = attempt("POST", "/", List.of(), new byte[3]);
      var attempt =
          new Attempt(
              source.operation(), new LostContent(3), policy(LONG), source.responseSpools());
      assertThat(send(server.uri(), attempt).verdict())
          .isInstanceOfSatisfying(
              Verdict.NotSent.class, why -> assertThat(why.cause()).contains("cannot be read"));
      assertThat(requests).isEmpty();
    }
  }

  /// A content whose file was deleted.
  private record LostContent(long length) implements StoredContent {
    @Override
    public InputStream open(long offset) {
      throw new StoreException("the content is gone");
    }
  }

  /// A content whose source fails after its first bytes with an error of the program.
  private record BrokenContent(long length) implements StoredContent {
    @Override
    public InputStream open(long offset) {
      return new InputStream() {
        private int read;

        @Override
        public int read() {
          if (++read > 5) {
            throw new StackOverflowError("a planted error");
          }
          return 'x';
        }

        @Override
        public int read(byte[] to, int at, int length) {
          to[at] = (byte) read();
          return 1;
        }
      };
    }
  }

  @Test
  void endsWhenSendingTheBodyFailsWithAnError() throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n")) {
      var source = attempt("POST", "/", List.of(), new byte[100]);
      var attempt =
          new Attempt(
              source.operation(), new BrokenContent(100), policy(LONG), source.responseSpools());
      assertThat(send(server.uri(), attempt).verdict())
          .isInstanceOfSatisfying(
              Verdict.Unknown.class, why -> assertThat(why.cause()).contains("planted"));
    }
  }

  /// The connections of proxied calls are not those of attempts.
  @Test
  void sendsWhileProxiedCallsHoldAllTheirConnections() throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n");
        var client = new UpstreamClient(server.uri(), Duration.ofMillis(200), 1);
        var holder = client.proxied(new ClientPace(CLIENT, () -> {}), ORIGIN);
        var waiting = client.proxied(new ClientPace(CLIENT, () -> {}), ORIGIN)) {
      var request = new OutgoingRequest("GET", "/", List.of(), OutgoingBody.NONE, Repeat.BY_CLIENT);
      holder.send(request, Duration.ZERO);
      assertThatThrownBy(() -> waiting.send(request, Duration.ZERO))
          .isInstanceOfSatisfying(
              NotSentException.class,
              refused -> assertThat(refused.obstacle()).isEqualTo(Obstacle.RESOURCES));
      assertThat(responded(send(client, get())).response().statusCode()).isEqualTo(204);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "no HTTP at all\r\n\r\n"
      })
  void outcomeIsUnknownAfterATruncatedResponse(String response) throws Exception {
    try (var server = once(response)) {
      assertThat(send(server.uri(), get()).verdict()).isInstanceOf(Verdict.Unknown.class);
    }
  }

  @Test
  void reportsTheStatusOfAnUnstorableResponse() throws Exception {
    try (var server =
        recording("HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100_000))) {
      var source = attempt("POST", "/", List.of(), new byte[3]);
      var attempt =
          new Attempt(
              source.operation(),
              source.body(),
              policy(LONG),
              () -> {
                throw new StoreException("the disk is full");
              });
      assertThat(send(server.uri(), attempt).verdict())
          .isEqualTo(
              new Verdict.Unknown(
                  "the upstream responded with 201, and the gateway could not store the response"));
    }
  }

  @Test
  void outcomeIsUnknownAfterAResetInTheBody() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readHead();
          wire.read(100_000);
          wire.reset();
        })) {
      assertThat(send(server.uri(), attempt("POST", "/", List.of(), new byte[8_000_000])).verdict())
          .isInstanceOf(Verdict.Unknown.class);
    }
  }

  @Test
  void outcomeIsUnknownAfterAResetWhileWaiting() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.reset();
        })) {
      assertThat(send(server.uri(), get()).verdict()).isInstanceOf(Verdict.Unknown.class);
    }
  }

  @Test
  void acceptsAResponseBeforeTheBodyWasSent() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readHead();
          wire.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
          wire.readAll();
        })) {
      var outcome = send(server.uri(), attempt("POST", "/", List.of(), new byte[50_000_000]));
      assertThat(responded(outcome).response().statusCode()).isEqualTo(413);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sendsTheBodyOnlyAfterContinue(boolean accepted) throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          requests.add(wire.readHead());
          if (accepted) {
            wire.send("HTTP/1.1 100 Continue\r\n\r\n");
            requests.add(new String(wire.read(2), StandardCharsets.US_ASCII));
          }
          wire.send("HTTP/1.1 " + (accepted ? 200 : 417) + " X\r\nContent-Length: 0\r\n\r\n");
          requests.add("then " + wire.readAll());
        })) {
      var expecting =
          attempt(
              "POST", "/", List.of(new Header("Expect", "100-continue")), new byte[] {'h', 'i'});
      assertThat(responded(send(server.uri(), expecting)).response().statusCode())
          .isEqualTo(accepted ? 200 : 417);
      assertThat(recorded()).contains("Expect: 100-continue");
      if (accepted) {
        assertThat(recorded()).isEqualTo("hi");
      } else {
        assertThat(requests.poll(500, TimeUnit.MILLISECONDS)).isIn(null, "then 0");
      }
    }
  }

  @Test
  void endsAtItsTimeoutWhileTheUpstreamIsSilent() throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Wire::readAll)) {
      assertThat(send(server.uri(), attempt(Duration.ofMillis(200))).verdict())
          .isInstanceOfSatisfying(
              Verdict.Unknown.class, why -> assertThat(why.cause()).contains("PT0.2S"));
    }
  }

  @Test
  void endsAtItsResponseStartTimeout() throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Wire::readAll)) {
      var attempt = startingWithin(Duration.ofMillis(200), new byte[] {'x'});
      assertThat(send(server.uri(), attempt).verdict())
          .isInstanceOfSatisfying(
              Verdict.Unknown.class,
              why -> assertThat(why.cause()).contains("PT0.2S", "response-start-timeout"));
    }
  }

  /// Neither a long body nor interim responses count.
  @Test
  void responseStartTimeoutCoversOnlyTheStart() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          for (int each = 0; each < 4; each++) {
            Thread.sleep(500);
            wire.send("HTTP/1.1 102 Processing\r\n\r\n");
          }
          wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
          Thread.sleep(1_500);
          wire.send("k");
          wire.readAll();
        })) {
      var attempt = startingWithin(Duration.ofSeconds(1), new byte[0]);
      assertThat(bytes(send(server.uri(), attempt))).containsExactly('o', 'k');
    }
  }

  private Attempt startingWithin(Duration start, byte[] body) {
    var plain = attempt("POST", "/", List.of(), body);
    return new Attempt(
        plain.operation(), plain.body(), policy(LONG, start), plain.responseSpools());
  }

  @Test
  void endsAtItsTimeoutWhileTheUpstreamTrickles() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send("HTTP/1.1 200 OK\r\n\r\n");
          while (true) {
            wire.send("x");
            Thread.sleep(10);
          }
        })) {
      assertThat(send(server.uri(), attempt(Duration.ofMillis(300))).verdict())
          .isInstanceOf(Verdict.Unknown.class);
    }
  }

  @Test
  void endsAtItsTimeoutWhileTheUpstreamDoesNotRead() throws Exception {
    var done = new CountDownLatch(1);
    try (var server = new ScriptedServer(_ -> done.await())) {
      var stuck = attempt("POST", "/", List.of(), new byte[50_000_000], Duration.ofMillis(300));
      assertThat(send(server.uri(), stuck).verdict()).isInstanceOf(Verdict.Unknown.class);
    } finally {
      done.countDown();
    }
  }

  @Test
  void endsAtOnceWhenAborted() throws Exception {
    var received = new CountDownLatch(1);
    var gone = new CountDownLatch(1);
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          received.countDown();
          try {
            wire.readAll();
          } finally {
            gone.countDown();
          }
        })) {
      var attempt = get();
      Thread.ofVirtual()
          .start(() -> {
            try {
              received.await();
              attempt.abort();
            } catch (InterruptedException interrupted) {
              Thread.currentThread().interrupt();
            }
          });
      assertThat(send(server.uri(), attempt).verdict())
          .isEqualTo(new Verdict.Unknown("the attempt was aborted"));
      assertThat(gone.await(10, TimeUnit.SECONDS))
          .as("the upstream saw the connection close")
          .isTrue();
    }
  }

  @Test
  void sendsNothingIfAbortedBeforeItBegins() throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n")) {
      var attempt = get();
      attempt.abort();
      assertThat(send(server.uri(), attempt).verdict()).isInstanceOf(Verdict.NotSent.class);
      assertThat(requests).isEmpty();
    }
  }

  @Test
  void opensAConnectionIfThePooledOneWasClosed() throws Exception {
    var closed = new CountDownLatch(1);
    try (var server =
            new ScriptedServer(
                wire -> {
                  wire.readRequest();
                  wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
                  wire.close();
                  closed.countDown();
                },
                wire -> {
                  wire.readRequest();
                  wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
                  wire.readAll();
                });
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      assertThat(bytes(send(client, get()))).containsExactly('1');
      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(bytes(send(client, get()))).containsExactly('2');
    }
  }
}
