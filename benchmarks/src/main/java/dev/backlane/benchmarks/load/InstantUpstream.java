package dev.backlane.benchmarks.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// An API that responds to every call, with 1 KB unless another size is given, at once or after a
/// time, and counts the calls; or never responds, so that the gateway only accepts.
public final class InstantUpstream implements AutoCloseable {
  private static final int BACKLOG = 1024;
  private static final int BODY_BYTES = 1024;
  private final ServerSocket server;
  private final LongAdder calls = new LongAdder();

  private final boolean responds;
  private final byte[] response;
  private final Duration delay;

  private InstantUpstream(boolean responds, int bodyBytes, Duration delay) throws IOException {
    this.responds = responds;
    this.response =
        ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                + bodyBytes
                + "\r\n\r\n"
                + "y".repeat(bodyBytes))
            .getBytes(ISO_8859_1);
    this.delay = delay;
    server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("upstream").start(this::accept);
  }

  public static InstantUpstream responding() throws IOException {
    return responding(BODY_BYTES);
  }

  /// Responds with a body of a size.
  public static InstantUpstream responding(int bodyBytes) throws IOException {
    return new InstantUpstream(true, bodyBytes, Duration.ZERO);
  }

  /// Responds to each call after a time.
  public static InstantUpstream slow(Duration delay) throws IOException {
    return new InstantUpstream(true, BODY_BYTES, delay);
  }

  /// Reads calls and never responds, so that the gateway only accepts.
  public static InstantUpstream silent() throws IOException {
    return new InstantUpstream(false, BODY_BYTES, Duration.ZERO);
  }

  public int port() {
    return server.getLocalPort();
  }

  /// The number of responses so far.
  public long calls() {
    return calls.sum();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (SocketException closed) {
        return;
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    }
  }

  private void serve(Socket accepted) {
    try (var socket = accepted) {
      socket.setTcpNoDelay(true);
      var in = socket.getInputStream();
      var out = socket.getOutputStream();
      byte[] buffer = new byte[16 * 1024];
      int filled = 0;
      while (true) {
        int headEnd = HttpBytes.headEnd(buffer, filled);
        if (!responds || headEnd < 0) {
          int read = in.read(buffer, filled, buffer.length - filled);
          if (read <= 0) {
            return;
          }
          filled += read;
          continue;
        }
        long end = headEnd + HttpBytes.contentLength(buffer, headEnd);
        in.skipNBytes(end - filled);
        int next = (int) Math.min(end, filled);
        System.arraycopy(buffer, next, buffer, 0, filled - next);
        filled -= next;
        LockSupport.parkNanos(delay.toNanos());
        calls.increment();
        out.write(response);
      }
    } catch (IOException gone) {
      // The gateway closes connections that it no longer needs.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
