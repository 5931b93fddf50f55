package dev.backlane.gateway.upstream.wire;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// The input of a connection, with a limit for how long a read waits. A time-out of the socket
/// would start and cancel a timer in each read, which took a seventh of the CPU of a proxied call
/// and four of five of its context switches. Here another thread looks regularly whether a read
/// waits for too long ([#endIfSilent]), and then closes the connection.
///
/// One thread reads; [#endIfSilent] may be called by another one.
public final class WatchedInput extends FilterInputStream {
  private static final long NOT_WAITING = 0;
  private static final long ENDED = 1;

  private final Runnable close;

  /// When the present read has waited for too long, by [System#nanoTime]; or one of the constants.
  private final AtomicLong waitsUntil = new AtomicLong(NOT_WAITING);

  /// Zero: no limit.
  private long limitNanos;

  /// @param close closes the connection, so that a read that waits fails
  public WatchedInput(InputStream in, Runnable close) {
    super(in);
    this.close = close;
  }

  /// Limits the waits of later reads; zero: no limit.
  public void limit(Duration silence) {
    limitNanos = silence.toNanos();
  }

  /// Ends a read that waits for too long: it fails with a [SocketTimeoutException], and the
  /// connection is closed.
  ///
  /// @param nowNanos by [System#nanoTime]
  /// @param left how much longer it may wait nevertheless; zero or less: no longer
  public void endIfSilent(long nowNanos, Supplier<Duration> left) {
    long until = waitsUntil.get();
    if (until == NOT_WAITING || until == ENDED || nowNanos - until < 0) {
      return;
    }
    long leftNanos = left.get().toNanos();
    if (leftNanos > 0) {
      waitsUntil.compareAndSet(until, time(nowNanos + leftNanos));
    } else if (waitsUntil.compareAndSet(until, ENDED)) {
      close.run();
    }
  }

  // Any other value than the constants; a nanosecond does not matter.
  private static long time(long nanos) {
    return nanos == NOT_WAITING || nanos == ENDED ? ENDED + 1 : nanos;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (limitNanos == 0) {
      return in.read(bytes, offset, length);
    }
    waitsUntil.set(time(System.nanoTime() + limitNanos));
    int read;
    try {
      read = in.read(bytes, offset, length);
    } catch (IOException failed) {
      if (waitsUntil.getAndSet(NOT_WAITING) == ENDED) {
        throw silent(failed);
      }
      throw failed;
    }
    if (waitsUntil.getAndSet(NOT_WAITING) == ENDED) {
      throw silent(new IOException("a byte came in the moment in which the wait ended"));
    }
    return read;
  }

  private static SocketTimeoutException silent(IOException cause) {
    var silent = new SocketTimeoutException("Read timed out");
    silent.initCause(cause);
    return silent;
  }
}
