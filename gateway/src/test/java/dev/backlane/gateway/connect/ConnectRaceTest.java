package dev.backlane.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.gateway.upstream.ScriptedServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ConnectRaceTest {
  private static final InetAddress FIRST = InetAddress.ofLiteral("127.0.0.2");
  private static final InetAddress SECOND = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress THIRD = InetAddress.ofLiteral("127.0.0.3");
  private static final InetAddress SIXTH_VERSION = InetAddress.ofLiteral("::1");

  @Test
  void triesTheNextAddressWhileOneIsSilent() throws Exception {
    try (var server = ScriptedServer.responding("");
        var silent = new SilentAddress(FIRST, server.port())) {
      assertThat(silent).isNotNull();
      assertThat(connected(List.of(FIRST, SECOND), server.port())).isEqualTo(SECOND);
    }
  }

  @Test
  void triesTheNextAddressAfterARefusal() throws Exception {
    try (var server = ScriptedServer.responding("")) {
      assertThat(connected(List.of(FIRST, THIRD, SECOND), server.port())).isEqualTo(SECOND);
    }
  }

  /// As a host that accepts connections and never completes a TLS handshake.
  @Test
  void connectionWithoutAHandshakeLosesAndIsClosed() throws Exception {
    var closed = new CountDownLatch(1);
    try (var hung =
            new ScriptedServer(
                new ServerSocket(0, 50, FIRST),
                wire -> {
                  try {
                    wire.readAll();
                  } finally {
                    closed.countDown();
                  }
                });
        var greeting =
            new ScriptedServer(
                new ServerSocket(hung.port(), 50, SECOND),
                wire -> {
                  wire.send("x");
                  wire.readAll();
                })) {
      var race =
          new ConnectRace<>(channel -> {
            assertThat(channel.socket().getInputStream().read()).isEqualTo('x');
            return channel;
          });
      try (var winner = race.connect(List.of(FIRST, SECOND), greeting.port(), in(20))) {
        assertThat(address(winner)).isEqualTo(SECOND);
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void reportsTheFailureIfAllAddressesRefuse() throws Exception {
    int port;
    try (var taken = new ServerSocket(0, 1, SECOND)) {
      port = taken.getLocalPort();
    }
    assertThatThrownBy(() -> connected(List.of(FIRST, SECOND), port))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void endsAtItsDeadline() throws Exception {
    try (var hung = new ServerSocket(0, 50, FIRST)) {
      var race = new ConnectRace<>(channel -> channel.socket().getInputStream().read());
      long deadlineNanos = System.nanoTime() + Duration.ofMillis(200).toNanos();
      assertThatThrownBy(() -> race.connect(List.of(FIRST), hung.getLocalPort(), deadlineNanos))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void endsAtOnceWhenAborted() throws Exception {
    var connecting = new CountDownLatch(1);
    try (var hung = new ServerSocket(0, 50, FIRST)) {
      var race =
          new ConnectRace<>(channel -> {
            connecting.countDown();
            return channel.socket().getInputStream().read();
          });
      Thread.ofVirtual()
          .start(() -> {
            try {
              connecting.await();
              race.abort();
            } catch (InterruptedException interrupted) {
              Thread.currentThread().interrupt();
            }
          });
      assertThatThrownBy(() -> race.connect(List.of(FIRST), hung.getLocalPort(), in(1_000)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void alternatesTheFamiliesOfAddresses() {
    assertThat(ConnectRace.alternating(List.of(FIRST, SECOND, THIRD, SIXTH_VERSION)))
        .containsExactly(FIRST, SIXTH_VERSION, SECOND, THIRD);
  }

  /// A peer that is gone is detected after 60 s + 4 * 15 s.
  @Test
  void probesSilentConnectionsAfterAMinute() throws Exception {
    try (var server = ScriptedServer.responding("");
        var connection =
            new ConnectRace<>(channel -> channel).connect(List.of(SECOND), server.port(), in(20))) {
      assertThat(connection.socket().getKeepAlive()).isTrue();
      assertThat(connection.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(60);
      assertThat(connection.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(15);
      assertThat(connection.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(4);
    }
  }

  private static InetAddress connected(List<InetAddress> addresses, int port) throws IOException {
    try (var channel = new ConnectRace<>(open -> open).connect(addresses, port, in(20))) {
      return address(channel);
    }
  }

  private static InetAddress address(SocketChannel channel) throws IOException {
    return ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
  }

  private static long in(int seconds) {
    return System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
  }
}
