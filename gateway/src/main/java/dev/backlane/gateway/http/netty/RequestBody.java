package dev.backlane.gateway.http.netty;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The content of a request: filled piece by piece by the event loop, which reads on only while
/// this is empty, and read by the handler's thread.
final class RequestBody extends InputStream {
  private final Runnable demand;
  private final Runnable firstRead;
  private final Pace pace;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<ByteBuf> pieces = new ArrayDeque<>();
  private boolean read;
  private long bytesRead;
  private long bytesDiscarded;
  private boolean complete;
  private boolean discarded;
  private @Nullable IOException fault;

  /// @param complete if there is no content
  /// @param demand asks the event loop to read on
  /// @param firstRead runs before the first wait for the client
  RequestBody(boolean complete, Runnable demand, Runnable firstRead, Duration requestTimeout) {
    this.complete = complete;
    this.demand = demand;
    this.firstRead = firstRead;
    this.pace = new Pace(requestTimeout);
  }

  /// Takes over a piece; from the event loop.
  void add(ByteBuf piece, boolean last) {
    lock.lock();
    try {
      if (discarded || !piece.isReadable()) {
        bytesDiscarded += piece.readableBytes();
        piece.release();
      } else {
        pieces.add(piece);
      }
      complete |= last;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Makes reads fail, those that wait too, once what has arrived is read.
  void fail(IOException cause) {
    lock.lock();
    try {
      fault = fault == null ? cause : fault;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Releases what is not read yet, and what will arrive.
  void discard() {
    lock.lock();
    try {
      discarded = true;
      for (var piece : pieces) {
        bytesDiscarded += piece.readableBytes();
        piece.release();
      }
      pieces.clear();
    } finally {
      lock.unlock();
    }
  }

  boolean complete() {
    lock.lock();
    try {
      return complete;
    } finally {
      lock.unlock();
    }
  }

  boolean wantsMore() {
    lock.lock();
    try {
      return !complete && pieces.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  long bytesRead() {
    lock.lock();
    try {
      return bytesRead;
    } finally {
      lock.unlock();
    }
  }

  long bytesDiscarded() {
    lock.lock();
    try {
      return bytesDiscarded;
    } finally {
      lock.unlock();
    }
  }

  boolean wasRead() {
    return read;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    lock.lock();
    try {
      if (length == 0) {
        return 0;
      }
      if (!await()) {
        return -1;
      }
      var piece = Objects.requireNonNull(pieces.peek());
      int count = Math.min(length, piece.readableBytes());
      piece.readBytes(into, offset, count);
      pace.moved(count);
      bytesRead += count;
      if (!piece.isReadable()) {
        pieces.remove().release();
        if (!complete && pieces.isEmpty()) {
          demand.run();
        }
      }
      return count;
    } finally {
      lock.unlock();
    }
  }

  private boolean await() throws IOException {
    while (pieces.isEmpty() && !complete) {
      if (fault != null) {
        throw fault instanceof ProtocolException
            ? fault
            : new IOException(fault.getMessage(), fault);
      }
      if (!read) {
        read = true;
        firstRead.run();
      }
      awaitChange();
    }
    read = true;
    return !pieces.isEmpty();
  }

  private void awaitChange() throws IOException {
    long start = System.nanoTime();
    long limit = pace.limitNanos();
    if (limit <= 0) {
      throw new IOException("the client sent its body too slowly");
    }
    try {
      long left = limit;
      while (pieces.isEmpty() && !complete && fault == null && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (left <= 0) {
        throw new IOException("the client sent its body too slowly");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    } finally {
      pace.waited(System.nanoTime() - start);
    }
  }

  @Override
  public int available() {
    lock.lock();
    try {
      var piece = pieces.peek();
      return piece == null ? 0 : piece.readableBytes();
    } finally {
      lock.unlock();
    }
  }
}
