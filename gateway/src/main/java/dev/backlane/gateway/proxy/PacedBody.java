package dev.backlane.gateway.proxy;

import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.ClientPace.Direction;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The content of a client's request; measures how fast the client sends it.
final class PacedBody extends FilterInputStream {
  /// How long a call waits for the first byte before it takes a connection to the upstream. A
  /// client may send its content only once the response has begun.
  private static final Duration BEGIN_MAX = Duration.ofSeconds(1);

  private final ClientPace pace;

  /// Reads the first byte, for the next read.
  private @Nullable FutureTask<Integer> first;

  PacedBody(InputStream body, ClientPace pace) {
    super(body);
    this.pace = pace;
  }

  /// Waits for the first byte, at most [#BEGIN_MAX].
  ///
  /// @throws IOException if the content cannot be read
  void begin() throws IOException {
    if (super.available() > 0) {
      return;
    }
    var reading = new FutureTask<>(super.in::read);
    Thread.ofVirtual().name("first-byte").start(reading);
    first = reading;
    try {
      result(reading, BEGIN_MAX.toNanos());
    } catch (TimeoutException none) {
      // The content may come later.
    }
  }

  private static int result(FutureTask<Integer> reading, long maxNanos)
      throws IOException, TimeoutException {
    try {
      return reading.get(maxNanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException unreadable) {
        throw unreadable;
      }
      throw new IOException(failed.getCause());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a request");
    }
  }

  @Override
  public int available() throws IOException {
    var reading = first;
    if (reading == null) {
      return super.available();
    }
    return reading.isDone() ? 1 + super.available() : 0;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = 0;
    pace.waits(Direction.REQUEST);
    try {
      read =
          first == null || length == 0
              ? super.read(bytes, offset, length)
              : begun(bytes, offset, length);
      return read;
    } finally {
      pace.moved(Direction.REQUEST, read);
    }
  }

  private int begun(byte[] bytes, int offset, int length) throws IOException {
    int read;
    try {
      // The content itself limits how long a read takes.
      read = result(Objects.requireNonNull(first), Long.MAX_VALUE);
    } catch (TimeoutException never) {
      throw new IllegalStateException(never);
    }
    first = null;
    if (read < 0) {
      return -1;
    }
    bytes[offset] = (byte) read;
    int more = Math.min(length - 1, super.available());
    return 1 + Math.max(0, super.read(bytes, offset + 1, more));
  }
}
