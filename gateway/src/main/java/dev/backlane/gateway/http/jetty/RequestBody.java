package dev.backlane.gateway.http.jetty;

import dev.backlane.gateway.connect.ClientLag;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/// The content of a request. A read blocks until bytes arrive, and fails if the client is too far
/// behind the minimum rate, see [MinimumRate], or has not sent all of it in time.
///
/// Thread-safe: the proxy reads the content on a separate thread, which may still read after the
/// response has ended.
final class RequestBody extends InputStream {
  private static final int DRAIN_BUFFER_BYTES = 1024;

  private final Request request;
  private final ClientConnection connection;
  private final MinimumRate pace;
  private final ClientLag lag;
  private final long lastNanos;
  private final Runnable onEnd;
  private final ReentrantLock lock = new ReentrantLock();
  private Content.@Nullable Chunk chunk;
  private long bytesRead;
  private volatile boolean ended;
  private volatile @Nullable IOException failure;

  /// Wakes the read that waits for bytes.
  private volatile CountDownLatch readable = new CountDownLatch(0);

  /// @param expected whether there is content
  /// @param onEnd runs once, when the content has been read to its end or has failed
  RequestBody(
      Request request,
      ClientConnection connection,
      boolean expected,
      ClientLimits limits,
      Runnable onEnd) {
    this.request = request;
    this.connection = connection;
    this.pace = limits.pace();
    this.lag = new ClientLag(connection::getBytesIn, ClientConnection.PAUSE_MAX);
    this.lastNanos = System.nanoTime() + limits.bodyTimeout().toNanos();
    this.onEnd = onEnd;
    this.ended = !expected;
    connection.measure(lag);
  }

  /// Whether all of the content has been read.
  boolean ended() {
    return ended;
  }

  /// Why reading failed; null if it did not.
  @Nullable IOException failure() {
    return failure;
  }

  /// The bytes read so far.
  long bytesRead() {
    return bytesRead;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /// @throws ProtocolException if the framing is malformed
  /// @throws SocketTimeoutException if the client sends too slowly
  /// @throws IOException if the client is gone, or the response has ended
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    lock.lock();
    try {
      if (length == 0) {
        return 0;
      }
      long begunNanos = System.nanoTime();
      lag.waits();
      try {
        int count = read(into, offset, length, Math.min(pace.leftNanos(), lastNanos - begunNanos));
        pace.waited(System.nanoTime() - begunNanos, Math.max(0, count));
        return count;
      } finally {
        lag.moved();
      }
    } finally {
      lock.unlock();
    }
  }

  private int read(byte[] into, int offset, int length, long waitNanos) throws IOException {
    long endNanos = System.nanoTime() + waitNanos;
    if (waitNanos <= 0 && !ended && failure == null) {
      throw failed(new TimeoutException());
    }
    while (!available(true)) {
      if (ended) {
        return -1;
      }
      await(endNanos - System.nanoTime());
    }
    var current = Objects.requireNonNull(chunk);
    int count = current.get(into, offset, length);
    bytesRead += count;
    if (!current.hasRemaining()) {
      release(current);
    }
    return count;
  }

  /// Whether bytes can be read without blocking; takes the next chunk from Jetty if there is none.
  private boolean available(boolean fails) throws IOException {
    if (failure != null && fails) {
      throw new IOException(failure.getMessage(), failure);
    }
    while (chunk == null && !ended && failure == null) {
      var next = request.read();
      if (next == null) {
        return false;
      }
      if (Content.Chunk.isFailure(next)) {
        throw failed(next.getFailure());
      }
      chunk = next;
      if (!next.hasRemaining()) {
        release(next);
      }
    }
    return chunk != null;
  }

  private void release(Content.Chunk read) {
    chunk = null;
    read.release();
    if (read.isLast()) {
      ended = true;
      onEnd.run();
    }
  }

  private void await(long waitNanos) throws IOException {
    var signal = new CountDownLatch(1);
    readable = signal;
    // Checked after the signal is set, since the end of the exchange sets the failure first.
    if (failure != null) {
      return;
    }
    try {
      request.demand(signal::countDown);
    } catch (IllegalStateException completed) {
      if (failure == null) {
        throw completed;
      }
      return;
    }
    try {
      if (!signal.await(waitNanos, TimeUnit.NANOSECONDS)) {
        throw failed(new TimeoutException());
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw failed(new InterruptedIOException("interrupted while reading a request"));
    }
  }

  private IOException failed(Throwable cause) {
    var why = reason(cause);
    failure = why;
    onEnd.run();
    return why;
  }

  // Jetty reports malformed framing and an early end with the same exception.
  private IOException reason(Throwable cause) {
    if (cause instanceof TimeoutException) {
      return new SocketTimeoutException("the client sent its content too slowly");
    }
    if (cause instanceof HttpException && !connection.endedEarly()) {
      var malformed = new ProtocolException("the framing of the content is malformed");
      malformed.initCause(cause);
      return malformed;
    }
    return new IOException("the client closed its connection before the end of its content", cause);
  }

  /// Reads and discards up to a number of bytes, then refuses all reads.
  ///
  /// @return true if all of the content has been read; false also if another thread is reading
  boolean drained(int bytesMax, Duration timeout) {
    if (ended) {
      return true;
    }
    if (failure != null || !lock.tryLock()) {
      return false;
    }
    try {
      byte[] buffer = new byte[DRAIN_BUFFER_BYTES];
      long endNanos = System.nanoTime() + timeout.toNanos();
      long drained = 0;
      while (!ended && drained <= bytesMax) {
        drained += Math.max(0, read(buffer, 0, buffer.length, endNanos - System.nanoTime()));
      }
    } catch (IOException unreadable) {
      return false;
    } finally {
      lock.unlock();
    }
    return ended;
  }

  /// Makes a read that waits for bytes fail, and all later ones, unless all content has been read.
  /// Called before the exchange ends: Jetty wakes no read that begins to wait just then.
  void abandon() {
    if (!ended && failure == null) {
      failure = new IOException("the exchange ended before the end of its content");
    }
    readable.countDown();
  }

  /// The bytes that can be read without blocking, as far as they are known.
  @Override
  public int available() throws IOException {
    lock.lock();
    try {
      return available(true) ? Objects.requireNonNull(chunk).remaining() : 0;
    } finally {
      lock.unlock();
    }
  }

  /// Does nothing: the adapter reads what is left, or closes the connection.
  @Override
  public void close() {}
}
