package dev.backlane.system.limits;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayProcess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clients without a token cannot take what all share: with a heap of 256 MiB, thousands of their
/// unfinished heads, trickled bodies and unread responses delay no other call for long, and leave
/// nothing behind.
@Tag("alone")
@Timeout(180)
final class StrangersTest {
  private static final int HEADS = 6_000;
  private static final int BODIES = 2_000;
  private static final int UNREAD = 2_000;
  private static final int ADDRESSES = 4;

  /// At both ends of the connections of strangers, and of those to the upstream.
  private static final long OPEN_FILES_MIN = 16_000;

  /// A large response is larger than the buffers on its way to a client that reads nothing, which
  /// grow to about half a mebibyte. Larger ones would test the memory of the machine.
  private static final int LARGE_PARTS = 48;

  /// Sent part by part, since the server buffers as much as is written at once.
  private static final byte[] PART = new byte[16 << 10];

  /// Above the 2 s that are promised: clients, upstream and gateway share the cores of a machine.
  private static final Duration RESPONSE_MAX = Duration.ofSeconds(8);

  private static final Duration HELD_FOR = Duration.ofSeconds(5);
  private static final Duration RECOVERY_MAX = Duration.ofSeconds(30);

  /// Pools of buffers, and classes that were loaded meanwhile.
  private static final long LEFT_BEHIND_BYTES_MAX = 24L << 20;

  @TempDir private Path data;

  private final List<Socket> trickling = new ArrayList<>();

  /// A server that responds to `/large` with more than the buffers of a connection hold.
  private static HttpServer upstream() throws IOException {
    var server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", StrangersTest::respond);
    server.start();
    return server;
  }

  private static void respond(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      int parts = exchange.getRequestURI().getPath().equals("/large") ? LARGE_PARTS : 1;
      exchange.sendResponseHeaders(200, (long) parts * PART.length);
      for (int part = 0; part < parts; part++) {
        exchange.getResponseBody().write(PART);
      }
    }
  }

  /// The connections of one attack.
  private final class Strangers implements AutoCloseable {
    private final int port;
    private final List<Socket> sockets = new ArrayList<>();

    Strangers(int port) {
      this.port = port;
    }

    Strangers open(int count, String message) {
      byte[] bytes = message.getBytes(US_ASCII);
      for (int each = 0; each < count; each++) {
        try {
          var socket = connected(stranger(each), port, 4_096);
          sockets.add(socket);
          socket.getOutputStream().write(bytes);
        } catch (IOException closed) {
          // The gateway may refuse strangers.
        }
      }
      return this;
    }

    Strangers unfinishedHeads() {
      var field = "X: " + "y".repeat(90) + "\r\n";
      var start = "GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n";
      return open(HEADS / 3, start + field.repeat(140))
          .open(HEADS / 3, start + "a:\r\n".repeat(2_500))
          .open(HEADS / 3, "GET /" + "y".repeat(15_000));
    }

    Strangers trickledBodies() {
      int before = sockets.size();
      var start = "POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n";
      open(BODIES / 2, start + "\r\n");
      open(BODIES / 2, start + "erp-api-background: none\r\n\r\n");
      synchronized (trickling) {
        trickling.addAll(sockets.subList(before, sockets.size()));
      }
      return this;
    }

    Strangers unreadResponses() {
      return open(UNREAD, "GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }

    @Override
    public void close() throws IOException {
      synchronized (trickling) {
        trickling.clear();
      }
      for (var each : sockets) {
        each.close();
      }
    }
  }

  private static String stranger(int number) {
    return "127.0.0." + (66 + number % ADDRESSES);
  }

  private static Socket connected(String source, int port, int receiveBufferBytes)
      throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(receiveBufferBytes);
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
    socket.setSoTimeout((int) RESPONSE_MAX.toMillis());
    return socket;
  }

  /// Sends a byte to each trickled body every second.
  private void trickle() {
    try {
      while (true) {
        Thread.sleep(1_000);
        List<Socket> present;
        synchronized (trickling) {
          present = List.copyOf(trickling);
        }
        for (var each : present) {
          try {
            each.getOutputStream().write('x');
          } catch (IOException closed) {
            // The gateway has ended it.
          }
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /// Makes calls that any client makes, all the time.
  private static final class NormalCalls {
    private final int port;
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private volatile long slowestMillis;

    NormalCalls(int port) {
      this.port = port;
    }

    void run() {
      try {
        while (true) {
          // A client of its own address; one that has its address in common with strangers; health.
          call("127.0.0.2", "GET /x HTTP/1.1\r\n", "200");
          call("127.0.0.2", "GET /x HTTP/1.1\r\nerp-api-background: none\r\n", "202");
          call(stranger(0), "GET /x HTTP/1.1\r\nerp-api-background: none\r\n", "202");
          call(stranger(0), "GET /health/live HTTP/1.1\r\n", "200");
          Thread.sleep(100);
        }
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }

    private void call(String source, String start, String status) {
      long begun = System.nanoTime();
      String received;
      try (var socket = connected(source, port, 65_536)) {
        var request = start + "Host: 127.0.0.1\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(US_ASCII));
        var line = new String(socket.getInputStream().readNBytes(12), US_ASCII);
        received = line.length() == 12 ? line.substring(9) : "closed";
      } catch (IOException failed) {
        received = failed.toString();
      }
      var took = Duration.ofNanos(System.nanoTime() - begun);
      slowestMillis = Math.max(slowestMillis, took.toMillis());
      answered.incrementAndGet();
      if (!received.equals(status) || took.compareTo(RESPONSE_MAX) > 0) {
        failures.add(
            source + " " + start.strip() + ": " + received + " after " + took.toMillis() + " ms");
      }
    }
  }

  private static long heapBytes(GatewayProcess gateway) throws Exception {
    // A histogram of live objects collects the garbage first.
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var process =
        new ProcessBuilder(jcmd, Long.toString(gateway.pid()), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    var lines = new String(process.getInputStream().readAllBytes(), US_ASCII).lines().toList();
    assertThat(process.waitFor()).as(lines.toString()).isZero();
    return Long.parseLong(lines.getLast().strip().split("\\s+", -1)[2]);
  }

  @Test
  void delayNoOtherAndLeaveNothingBehind() throws Exception {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    assertThat(system.getMaxFileDescriptorCount())
        .as("open files of the test and of the gateway; raise ulimit -n")
        .isGreaterThanOrEqualTo(OPEN_FILES_MIN);
    var server = upstream();
    try (var gateway =
        GatewayProcess.serve(
            List.of("-Xmx256m"),
            "--upstream=http://127.0.0.1:" + server.getAddress().getPort(),
            "--auth.mode=none",
            "--port=0",
            "--data=" + data)) {
      int port = gateway.url().getPort();
      var calls = new NormalCalls(port);
      var threads =
          List.of(Thread.ofPlatform().start(calls::run), Thread.ofPlatform().start(this::trickle));
      Deadline.within(RECOVERY_MAX, "the gateway is warm", () -> calls.answered.get() > 100);
      calls.failures.clear();
      calls.slowestMillis = 0;
      long before = heapBytes(gateway);

      try (var heads = new Strangers(port)) {
        heads.unfinishedHeads();
        hold(calls, "unfinished heads");
      }
      try (var bodies = new Strangers(port)) {
        bodies.trickledBodies();
        hold(calls, "trickled bodies");
      }
      try (var unread = new Strangers(port)) {
        unread.unreadResponses();
        hold(calls, "unread responses");
      }
      try (var all = new Strangers(port)) {
        all.unfinishedHeads().trickledBodies().unreadResponses();
        hold(calls, "all at once");
      }

      Deadline.within(
          RECOVERY_MAX,
          "the memory returns to where it was",
          () -> heapBytes(gateway) - before < LEFT_BEHIND_BYTES_MAX);
      System.out.println("the slowest normal call took " + calls.slowestMillis + " ms");
      assertThat(calls.failures).isEmpty();
      assertThat(gateway.alive()).isTrue();
      for (var each : threads) {
        each.interrupt();
        each.join();
      }
    } finally {
      server.stop(0);
    }
  }

  private static void hold(NormalCalls calls, String attack) throws InterruptedException {
    int before = calls.answered.get();
    Thread.sleep(HELD_FOR.toMillis());
    assertThat(calls.failures).as(attack).isEmpty();
    assertThat(calls.answered.get()).as(attack).isGreaterThan(before);
  }
}
