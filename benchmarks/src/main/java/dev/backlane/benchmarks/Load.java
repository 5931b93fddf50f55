package dev.backlane.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A closed loop of callers: each sends the same bytes over its own connection, reads the response,
/// and repeats. It uses plain sockets and parses only the head, so that it needs little of the
/// shared CPU.
final class Load {
  private final List<Integer> ports;
  private final int connections;
  private final byte[] request;
  private final int status;

  /// @param ports the ports of the servers; connections are spread evenly over them
  /// @param connections the number of connections, each with one request in flight
  /// @param request the whole request, head and body
  /// @param status the status that every response must have
  Load(List<Integer> ports, int connections, byte[] request, int status) {
    this.ports = List.copyOf(ports);
    this.connections = connections;
    this.request = request;
    this.status = status;
  }

  /// The result of a run.
  ///
  /// @param responses the number of responses with the expected status
  /// @param seconds the duration
  record Result(long responses, double seconds) {
    double perSecond() {
      return responses / seconds;
    }
  }

  /// Sends requests for a time.
  ///
  /// @throws IllegalStateException if any response has another status
  /// @throws UncheckedIOException if a connection fails
  Result during(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    return run(() -> System.nanoTime() < end);
  }

  private Result run(BooleanSupplier running) throws InterruptedException {
    var responses = new LongAdder();
    var fault = new AtomicReference<@Nullable RuntimeException>();
    var callers = new ArrayList<Thread>();
    long start = System.nanoTime();
    for (int i = 0; i < connections; i++) {
      int port = ports.get(i % ports.size());
      callers.add(Thread.ofVirtual().start(() -> call(port, running, responses, fault)));
    }
    for (var caller : callers) {
      caller.join();
    }
    var first = fault.get();
    if (first != null) {
      throw first;
    }
    return new Result(responses.sum(), (System.nanoTime() - start) / 1e9);
  }

  private void call(
      int port,
      BooleanSupplier running,
      LongAdder responses,
      AtomicReference<@Nullable RuntimeException> fault) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      var out = socket.getOutputStream();
      var in = socket.getInputStream();
      byte[] buffer = new byte[8 * 1024];
      while (fault.get() == null && running.getAsBoolean()) {
        out.write(request);
        readResponse(in, buffer);
        responses.increment();
      }
    } catch (IOException broken) {
      fault.compareAndSet(
          null, new UncheckedIOException("a connection to port " + port + " failed", broken));
    } catch (IllegalStateException wrong) {
      fault.compareAndSet(null, wrong);
    }
  }

  private void readResponse(InputStream in, byte[] buffer) throws IOException {
    int filled = 0;
    int headEnd = -1;
    while (headEnd < 0) {
      int read = in.read(buffer, filled, buffer.length - filled);
      if (read <= 0) {
        throw new IOException("the response ended within its head");
      }
      filled += read;
      headEnd = HttpBytes.headEnd(buffer, filled);
    }
    int got = HttpBytes.status(buffer);
    if (got != status) {
      throw new IllegalStateException(
          "status "
              + got
              + " instead of "
              + status
              + ": "
              + new String(buffer, 0, filled, ISO_8859_1));
    }
    long left = HttpBytes.contentLength(buffer, headEnd) - (filled - headEnd);
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new IOException("the response ended within its body");
      }
      left -= read;
    }
  }
}
