package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.ClientPace.Direction;
import dev.backlane.gateway.connect.HostAddresses;
import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.connect.SilentAddress;
import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Which connections requests are sent on, and how these are opened.
@Timeout(30)
final class UpstreamConnectionsTest extends StoredCalls {
  private static final PeerNetwork CLIENT =
      PeerNetwork.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  private static final InetAddress SILENT = InetAddress.ofLiteral("127.0.0.2");
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @Test
  void triesEveryAddressInOneAttempt() throws Exception {
    try (var server = recording(OK);
        var silent = new SilentAddress(SILENT, server.port());
        var client =
            new UpstreamClient(
                URI.create("http://api.example:" + server.port()),
                Duration.ofSeconds(20),
                1,
                UpstreamClient::defaultTls,
                new HostAddresses(_ -> new InetAddress[] {SILENT, LOOPBACK}))) {
      assertThat(silent).isNotNull();
      assertThat(responded(send(client, get())).response().statusCode()).isEqualTo(200);
    }
  }

  /// A server that handles one connection until it ends would never serve a second one.
  @Test
  void freshConnectionReplacesTheIdleOne() throws Exception {
    var serving = new Semaphore(1);
    try (var server =
            new ScriptedServer(wire -> {
              // Less than the time for which an idle connection is kept.
              if (!serving.tryAcquire(2, TimeUnit.SECONDS)) {
                throw new IOException("the connection before is still open");
              }
              try {
                while (true) {
                  wire.readRequest();
                  wire.send(OK);
                }
              } finally {
                serving.release();
              }
            });
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      for (int each = 1; each <= 5; each++) {
        assertThat(responded(send(client, post())).response().statusCode()).isEqualTo(200);
        assertThat(server.connections()).isEqualTo(each);
      }
    }
  }

  /// A trial of idle connections may hold one for 100 ms, and would block this server.
  @Test
  void serverOfOneConnectionIsNotBlockedUnderLoad() throws Exception {
    var serving = new Semaphore(1);
    try (var server =
            new ScriptedServer(wire -> {
              serving.acquire();
              try {
                while (true) {
                  wire.readRequest();
                  wire.send(OK);
                }
              } finally {
                serving.release();
              }
            });
        var senders = Executors.newVirtualThreadPerTaskExecutor();
        // Closed first, which closes the connection that blocks the requests of other senders.
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      var left = new CountDownLatch(200);
      for (int sender = 0; sender < 4; sender++) {
        senders.execute(() -> {
          while (left.getCount() > 0) {
            responded(send(client, post()));
            left.countDown();
          }
        });
      }
      assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void repeatableCallIsNotSentAThirdTime() throws Exception {
    try (var server =
            new ScriptedServer(
                wire -> {
                  wire.readRequest();
                  wire.send(OK);
                  wire.readByte();
                  wire.reset();
                },
                wire -> {
                  wire.readRequest();
                  wire.reset();
                });
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      responded(send(client, get()));
      try (var exchange = client.exchange()) {
        assertThatThrownBy(() -> exchange.send(request(), Duration.ZERO))
            .isInstanceOf(IOException.class);
      }
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void backgroundCallIsSentOncePerAttempt() throws Exception {
    try (var server =
            new ScriptedServer(wire -> {
              wire.readRequest();
              wire.send(OK);
              wire.readByte();
              wire.reset();
            });
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      responded(send(client, get()));
      assertThat(send(client, get()).verdict()).isInstanceOf(Verdict.Unknown.class);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  /// The first connection may have received the request, so the verdict is not "not sent".
  @Test
  void outcomeIsUnknownIfTheFreshConnectionFails() throws Exception {
    var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send(OK);
          wire.readByte();
          wire.reset();
        });
    try (var client = new UpstreamClient(server.uri(), LONG, 1)) {
      responded(send(client, get()));
      server.stopListening();
      try (var exchange = client.exchange()) {
        assertThatThrownBy(() -> exchange.send(request(), Duration.ZERO))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(NotSentException.class);
      }
    } finally {
      server.close();
    }
  }

  @Test
  void slowClientLosesItsConnectionWhenOthersWait() throws Exception {
    var ended = new CountDownLatch(1);
    var pace = new ClientPace(CLIENT, ended::countDown, Duration.ofMillis(50));
    try (var server = recording(OK);
        var client = new UpstreamClient(server.uri(), Duration.ofSeconds(20), 1)) {
      var slow =
          Thread.ofVirtual()
              .start(() -> {
                try (var exchange = client.proxied(pace, ORIGIN)) {
                  exchange.send(request(), Duration.ZERO);
                  pace.waits(Direction.REQUEST);
                  ended.await();
                } catch (IOException | InterruptedException unexpected) {
                  throw new IllegalStateException(unexpected);
                }
              });
      recorded();
      try (var exchange = client.proxied(new ClientPace(CLIENT, () -> {}), ORIGIN)) {
        assertThat(exchange.send(request(), Duration.ZERO).statusCode()).isEqualTo(200);
      }
      slow.join();
      assertThat(ended.getCount()).isZero();
    }
  }

  @Test
  void oneAddressLeavesConnectionsToOthers() throws Exception {
    var another = PeerNetwork.of(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1));
    var exchanges = new ArrayList<Exchange>();
    try (var server = recording(OK);
        var client = new UpstreamClient(server.uri(), Duration.ofMillis(500), 8)) {
      for (int each = 0; each < 7; each++) {
        exchanges.add(client.proxied(new ClientPace(CLIENT, () -> {}), ORIGIN));
        exchanges.getLast().send(request(), Duration.ZERO);
      }
      exchanges.add(client.proxied(new ClientPace(CLIENT, () -> {}), ORIGIN));
      assertThatThrownBy(() -> exchanges.getLast().send(request(), Duration.ZERO))
          .isInstanceOf(NotSentException.class)
          .hasMessageContaining("upstream.max-connections");
      exchanges.add(client.proxied(new ClientPace(another, () -> {}), ORIGIN));
      assertThat(exchanges.getLast().send(request(), Duration.ZERO).statusCode()).isEqualTo(200);
    } finally {
      exchanges.forEach(Exchange::close);
    }
  }

  @Test
  void clientKeepsItsConnectionWhileTheUpstreamIsSlow() throws Exception {
    var pace = new ClientPace(CLIENT, () -> {}, Duration.ofMillis(1));
    try (var server = recording(OK);
        var client = new UpstreamClient(server.uri(), Duration.ofMillis(300), 1);
        var holder = client.proxied(pace, ORIGIN);
        var waiting = client.proxied(new ClientPace(CLIENT, () -> {}), ORIGIN)) {
      holder.send(request(), Duration.ZERO);
      assertThatThrownBy(() -> waiting.send(request(), Duration.ZERO))
          .isInstanceOfSatisfying(
              NotSentException.class,
              refused -> assertThat(refused.obstacle()).isEqualTo(Obstacle.RESOURCES));
      assertThat(holder.abortCause()).isNull();
    }
  }

  private static OutgoingRequest request() {
    return new OutgoingRequest("GET", "/", List.of(), OutgoingBody.NONE, Repeat.BY_CLIENT);
  }

  private Attempt post() {
    return attempt("POST", "/", List.of(), new byte[] {'x'});
  }
}
