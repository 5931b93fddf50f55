package dev.backlane.benchmarks.trial;

import dev.backlane.benchmarks.trial.TrialServer.Setup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What clients can take from a server: time, connections, descriptors, memory. Each row has
/// bounds in seconds; what lasts until the bound is reported as open.
final class ResourceRows {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(3);
  private static final int WATCH_SECONDS = 12;
  private static final int DESCRIPTORS = 250;
  private static final int EXHAUSTING = 300;
  private static final int UNFINISHED = 6_000;
  private static final int FEW = 20;
  private static final int SMALL_HEAP_MIB = 256;
  private static final String HOST = "Host: 127.0.0.1\r\n";
  private static final String GET = "GET / HTTP/1.1\r\n" + HOST + "\r\n";

  private final String server;
  private final Path work;

  ResourceRows(String server, Path work) {
    this.server = server;
    this.work = work;
  }

  /// Runs all and returns the results by name of the row.
  Map<String, String> run() throws IOException, InterruptedException {
    var results = new LinkedHashMap<String, String>();
    results.putAll(slow());
    results.put("connection limit of 20, with 40", connectionLimit());
    results.put("250 descriptors, 300 connections", descriptors());
    results.put("6,000 × 10 KiB unfinished head, heap 256 MiB", memory());
    return results;
  }

  // With a request timeout of 2 s and an idle timeout of 3 s; all at the same time.
  private Map<String, String> slow() throws IOException, InterruptedException {
    var results = new LinkedHashMap<String, String>();
    try (var process =
            TrialServer.start(
                server, work, Setup.usual().withTimeouts(REQUEST_TIMEOUT, IDLE_TIMEOUT));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int port = process.port();
      String post = "POST /?slow HTTP/1.1\r\n" + HOST + "Content-Length: 1000\r\n\r\n";
      var rows = new LinkedHashMap<String, Future<String>>();
      rows.put("connection without a request (idle 3 s)", threads.submit(() -> drip(port, "", "")));
      rows.put("head at 1 B/s", threads.submit(() -> drip(port, "GET / HTTP/1.1\r\nX-A: ", "a")));
      rows.put("head that stops", threads.submit(() -> drip(port, "GET / HTTP/1.1\r\nX-", "")));
      rows.put("CRLFs at 1 B/s", threads.submit(() -> drip(port, "\r\n", "\n")));
      rows.put("body at 1 B/s", threads.submit(() -> drip(port, post, "b")));
      rows.put("body that stops", threads.submit(() -> drip(port, post + "b", "")));
      rows.put(
          "unread body at 1 B/s",
          threads.submit(() -> drip(port, post.replace("/?slow", "/refuse"), "b", true)));
      rows.put(
          "body of 1,000 B/s",
          threads.submit(() -> drip(port, post.replace("1000", "8000"), "b".repeat(1000))));
      rows.put("response never read", threads.submit(() -> reader(port, "never", 0)));
      rows.put("reader at 100 B/s", threads.submit(() -> reader(port, "100", 100)));
      rows.put("reader at 100 KiB/s", threads.submit(() -> reader(port, "fast", 100 * 1024)));
      rows.put(
          "client closes while the handler waits",
          threads.submit(() -> leave(port, "closed", false)));
      rows.put(
          "client resets while the handler waits",
          threads.submit(() -> leave(port, "reset", true)));
      rows.put("handler takes longer than both timeouts", threads.submit(() -> stay(port)));
      for (var row : rows.entrySet()) {
        results.put(row.getKey(), result(row.getValue()::get));
      }
    }
    return results;
  }

  private static String result(Callable<String> row) throws InterruptedException {
    try {
      return row.call();
    } catch (InterruptedException interrupted) {
      throw interrupted;
    } catch (ExecutionException failed) {
      return String.valueOf(failed.getCause());
    } catch (Exception failed) {
      return failed.toString();
    }
  }

  // Sends a start, then a piece each second, and watches for a response or the end.
  private static String drip(int port, String start, String piece)
      throws IOException, InterruptedException {
    return drip(port, start, piece, false);
  }

  private static String drip(int port, String start, String piece, boolean toTheEnd)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    String text = "";
    try (var client = new RawClient(port, 0)) {
      client.send(start);
      while (seconds(begin) < WATCH_SECONDS) {
        var received = client.receive(1_000, 500);
        text += received.text();
        if (!received.end().equals("open") || !toTheEnd && !text.isEmpty()) {
          return "after %.0f s: %s"
              .formatted(seconds(begin), new RawClient.Received(text, received.end()).summary());
        }
        if (!piece.isEmpty()) {
          client.send(piece);
        }
      }
      return new RawClient.Received(text, "open").summary();
    } catch (IOException cut) {
      return "after %.0f s: %s"
          .formatted(seconds(begin), new RawClient.Received(text, "reset").summary());
    }
  }

  // The server notices that it cannot send, which the handler records.
  private static String reader(int port, String name, int bytesEachSecond)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    try (var client = new RawClient(port, 4096)) {
      client.send("GET /big?" + name + " HTTP/1.1\r\n" + HOST + "\r\n");
      while (seconds(begin) < WATCH_SECONDS) {
        for (int left = bytesEachSecond; left > 0; ) {
          int read = client.read(new byte[Math.min(left, 4096)]);
          if (read < 0) {
            return "after %.0f s: closed".formatted(seconds(begin));
          }
          left -= read;
        }
        Thread.sleep(1_000);
        if (recorded(port, name + " failed")) {
          return "after %.0f s: cut".formatted(seconds(begin));
        }
      }
      return "open";
    }
  }

  private static String leave(int port, String name, boolean reset)
      throws IOException, InterruptedException {
    try (var client = new RawClient(port, 0)) {
      client.send("POST /wait?" + name + " HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nab");
      Thread.sleep(500);
      if (reset) {
        client.resetOnClose();
      }
    }
    long begin = System.nanoTime();
    while (seconds(begin) < WATCH_SECONDS / 2) {
      Thread.sleep(100);
      if (recorded(port, name + " noticed")) {
        return "noticed after %.1f s".formatted(seconds(begin));
      }
    }
    return "not noticed within %d s".formatted(WATCH_SECONDS / 2);
  }

  private static String stay(int port) throws IOException {
    try (var client = new RawClient(port, 0)) {
      client.send("POST /wait?stay HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nab");
      return client.receive(20_000, 500).summary();
    }
  }

  private static boolean recorded(int port, String what) {
    return RawClient.exchange(
            port, "GET /recorded HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n")
        .body()
        .contains(what);
  }

  private String connectionLimit() throws IOException, InterruptedException {
    try (var process = TrialServer.start(server, work, Setup.usual().withConnectionsMax(FEW))) {
      int port = process.port();
      var held = connect(port, 2 * FEW, GET);
      int served = 0;
      for (var client : held) {
        served += client.receive(300, 100).text().isEmpty() ? 0 : 1;
      }
      release(held);
      Thread.sleep(500);
      return served + " served, after release " + RawClient.exchange(port, GET).summary();
    }
  }

  private String descriptors() throws IOException, InterruptedException {
    try (var process =
        TrialServer.start(server, work, Setup.usual().withDescriptorsMax(DESCRIPTORS))) {
      int port = process.port();
      String before = RawClient.exchange(port, GET).summary();
      var held = connect(port, EXHAUSTING, "");
      Thread.sleep(3_000);
      double cpu = process.cpu().toMillis();
      Thread.sleep(1_000);
      double busy = (process.cpu().toMillis() - cpu) / 10;
      release(held);
      return before + ", %.0f %% CPU while exhausted, %s after".formatted(busy, untilServed(port));
    }
  }

  private String memory() throws IOException, InterruptedException {
    try (var process = TrialServer.start(server, work, Setup.usual().withHeapMib(SMALL_HEAP_MIB))) {
      int port = process.port();
      RawClient.exchange(port, GET);
      long before = residentKib(process);
      var head = new StringBuilder("GET / HTTP/1.1\r\n").append(HOST);
      for (int i = 0; i < 100; i++) {
        head.append("X-").append(i).append(": ").append("y".repeat(95)).append("\r\n");
      }
      var held = connect(port, UNFINISHED, head.toString());
      Thread.sleep(1_000);
      String while_ = RawClient.exchange(port, GET).summary();
      long each = (residentKib(process) - before) / UNFINISHED;
      int count = held.size();
      release(held);
      return "%d held, %d KiB resident each, %s meanwhile, %s after"
          .formatted(count, each, while_, untilServed(port));
    }
  }

  private static String untilServed(int port) throws InterruptedException {
    long begin = System.nanoTime();
    while (seconds(begin) < WATCH_SECONDS) {
      if (RawClient.exchange(port, GET).text().contains(" 202 ")) {
        return "served %.0f s".formatted(seconds(begin));
      }
      Thread.sleep(500);
    }
    return "not served within %d s".formatted(WATCH_SECONDS);
  }

  private static List<RawClient> connect(int port, int count, String start) {
    var held = new ArrayList<RawClient>();
    try {
      for (int i = 0; i < count; i++) {
        var client = new RawClient(port, 0);
        held.add(client);
        client.send(start);
      }
    } catch (IOException refused) {
      // As many as there are.
    }
    return held;
  }

  private static void release(List<RawClient> held) throws IOException {
    for (var client : held) {
      client.close();
    }
  }

  private static long residentKib(TrialServer.Running process) throws IOException {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    }
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }
}
