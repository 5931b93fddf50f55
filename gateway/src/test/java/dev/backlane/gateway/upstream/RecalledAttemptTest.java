package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.gateway.connect.HostAddresses;
import dev.backlane.gateway.connect.SilentAddress;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What ends when a process that stops recalls its attempts: waits before the first byte was sent,
/// and nothing else.
@Timeout(30)
final class RecalledAttemptTest extends StoredCalls {
  private static final Verdict RECALLED =
      new Verdict.NotSent(Obstacle.PROCESS, "the gateway is stopping");

  private static void recallAfter(CountDownLatch event, Attempt attempt, Runnable done) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            assertThat(event.await(10, TimeUnit.SECONDS)).isTrue();
            attempt.recall();
            done.run();
          } catch (InterruptedException never) {
            throw new IllegalStateException(never);
          }
        });
  }

  @Test
  void endsTheWaitForTheAddressesOfTheHost() throws Exception {
    var waiting = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    var hosts =
        new HostAddresses(_ -> {
          waiting.countDown();
          try {
            var _ = never.await(30, TimeUnit.SECONDS);
          } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
          }
          throw new UnknownHostException("released");
        });
    var uri = URI.create("http://api.example");
    try (var client = new UpstreamClient(uri, LONG, 1, UpstreamClient::defaultTls, hosts)) {
      var attempt = get();
      recallAfter(waiting, attempt, () -> {});
      assertThat(send(client, attempt).verdict()).isEqualTo(RECALLED);
    } finally {
      never.countDown();
    }
  }

  @Test
  void endsTheWaitForAConnection() throws Exception {
    try (var silent = new SilentAddress(InetAddress.getLoopbackAddress(), 0)) {
      var uri = URI.create("http://127.0.0.1:" + silent.port());
      var attempt = get();
      try (var client = new UpstreamClient(uri, LONG, 1)) {
        recallAfter(new CountDownLatch(0), attempt, () -> {});
        assertThat(send(client, attempt).verdict()).isEqualTo(RECALLED);
      }
    }
  }

  @Test
  void doesNotEndWhatWasSent() throws Exception {
    var received = new CountDownLatch(1);
    var recalled = new CountDownLatch(1);
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          received.countDown();
          assertThat(recalled.await(10, TimeUnit.SECONDS)).isTrue();
          wire.send("HTTP/1.1 204 No Content\r\n\r\n");
        })) {
      var attempt = get();
      recallAfter(received, attempt, recalled::countDown);
      assertThat(responded(send(server.uri(), attempt)).response().statusCode()).isEqualTo(204);
    }
  }
}
