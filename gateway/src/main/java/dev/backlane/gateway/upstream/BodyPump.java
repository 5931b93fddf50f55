package dev.backlane.gateway.upstream;

import dev.backlane.engine.memory.OutOfMemory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends a request's body. The bytes that the source has available are sent together with the head.
/// A long body is sent by a separate thread, so that a response can be read while the request is
/// still being sent, as HTTP allows (RFC 9112 section 9.3).
final class BodyPump {
  private static final int BUFFER_BYTES = 16 * 1024;

  /// Bytes for a chunk's size in hex and its line break.
  private static final int CHUNK_PREFIX_BYTES = 8;

  private static final byte[] LINE_BREAK = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /// How long to wait for the last write when the response has already arrived. The write blocks
  /// longer only if the upstream responded without reading the rest of the body.
  private static final Duration LAST_WRITE_MAX = Duration.ofMillis(100);

  private final OutgoingBody body;
  private final OutputStream out;
  private volatile boolean begun;
  private volatile boolean done;
  private volatile boolean writingLast;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean waitingForSource;
  private volatile long progressNanos = System.nanoTime();
  private volatile @Nullable IOException failure;

  BodyPump(OutgoingBody body, OutputStream out) {
    this.body = body;
    this.out = out;
  }

  /// Whether the whole body was handed to the network. A response can arrive before the thread that
  /// wrote the end of the body has returned from the write, so this waits for that thread.
  boolean done() {
    if (!done && writingLast) {
      try {
        return ended.await(LAST_WRITE_MAX.toMillis(), TimeUnit.MILLISECONDS) && done;
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return done;
  }

  /// Why sending failed.
  @Nullable IOException failure() {
    return failure;
  }

  /// How much longer the upstream may be silent: it is reading, it waits for bytes that the source
  /// does not have yet, or it has had the whole request for less than the limit.
  Duration silenceLeft(long silenceNanos) {
    if (failure != null) {
      return Duration.ZERO;
    }
    boolean waits = !done && waitingForSource;
    return Duration.ofNanos(
        waits ? silenceNanos : silenceNanos - (System.nanoTime() - progressNanos));
  }

  /// Sends the head, and the bytes of the body that are available.
  ///
  /// @param head empty if it has been sent already
  /// @param onFailure runs if the rest, sent by its own thread, cannot be read from its source
  void start(byte[] head, Runnable onFailure) throws IOException {
    begun = head.length == 0;
    switch (body) {
      case OutgoingBody.None() -> {
        begin(head, head.length);
        done = true;
      }
      case OutgoingBody.Sized(long length, var source) -> sized(head, length, source, onFailure);
      case OutgoingBody.Chunked(var source) -> {
        begin(head, head.length);
        sendRest(opened(source), -1, onFailure);
      }
    }
  }

  private void sized(byte[] head, long length, OutgoingBody.Source source, Runnable onFailure)
      throws IOException {
    if (length == 0) {
      begin(head, head.length);
      done = true;
      return;
    }
    var in = opened(source);
    boolean handedOn = false;
    try {
      long left = length;
      if (availableBytes(in) > 0) {
        byte[] first = Arrays.copyOf(head, head.length + (int) Math.min(length, BUFFER_BYTES));
        int read = Math.max(0, read(in, first, head.length, first.length - head.length));
        begin(first, head.length + read);
        left -= read;
      } else {
        begin(head, head.length);
      }
      if (left == 0) {
        done = true;
        return;
      }
      handedOn = true;
      sendRest(in, left, onFailure);
    } finally {
      if (!handedOn) {
        in.close();
      }
    }
  }

  private void begin(byte[] bytes, int count) throws IOException {
    begun = true;
    out.write(bytes, 0, count);
  }

  private void sendRest(InputStream in, long left, Runnable onFailure) {
    Thread.ofVirtual()
        .name("request-body")
        .start(() -> {
          try (in) {
            if (left < 0) {
              chunks(in);
            } else {
              bytes(in, left);
            }
            done = true;
          } catch (RequestBodyException unreadable) {
            failure = unreadable;
            onFailure.run();
          } catch (IOException refused) {
            // The upstream has stopped reading. It may still have responded, which the thread that
            // reads the response will find.
            failure = refused;
          } catch (RuntimeException | Error fault) {
            // Otherwise the exchange would wait for a response to a request that is not sent.
            OutOfMemory.endProcess(fault);
            failure = unreadable(new IllegalStateException("sending it failed: " + fault, fault));
            onFailure.run();
          } finally {
            ended.countDown();
          }
        });
  }

  private void bytes(InputStream in, long length) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (long left = length; left > 0; ) {
      int read = read(in, buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw unreadable(new IOException("it ended " + left + " bytes early"));
      }
      left -= read;
      writingLast = left == 0;
      out.write(buffer, 0, read);
      progressNanos = System.nanoTime();
    }
  }

  private void chunks(InputStream in) throws IOException {
    byte[] buffer = new byte[CHUNK_PREFIX_BYTES + BUFFER_BYTES + LINE_BREAK.length];
    while (true) {
      int read = read(in, buffer, CHUNK_PREFIX_BYTES, BUFFER_BYTES);
      if (read < 0) {
        writingLast = true;
        out.write(LAST_CHUNK);
        return;
      }
      if (read > 0) {
        byte[] size = (Integer.toHexString(read) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        int from = CHUNK_PREFIX_BYTES - size.length;
        System.arraycopy(size, 0, buffer, from, size.length);
        System.arraycopy(LINE_BREAK, 0, buffer, CHUNK_PREFIX_BYTES + read, LINE_BREAK.length);
        out.write(buffer, from, size.length + read + LINE_BREAK.length);
        progressNanos = System.nanoTime();
      }
    }
  }

  /// Reads from the source. Its failure is distinct from a failure of the network.
  private int read(InputStream in, byte[] buffer, int offset, int length)
      throws RequestBodyException {
    waitingForSource = true;
    try {
      return in.read(buffer, offset, length);
    } catch (IOException | RuntimeException fault) {
      throw unreadable(fault);
    } finally {
      progressNanos = System.nanoTime();
      waitingForSource = false;
    }
  }

  private int availableBytes(InputStream in) throws RequestBodyException {
    try {
      return in.available();
    } catch (IOException | RuntimeException fault) {
      throw unreadable(fault);
    }
  }

  private InputStream opened(OutgoingBody.Source source) throws RequestBodyException {
    try {
      return source.open();
    } catch (IOException | RuntimeException fault) {
      throw unreadable(fault);
    }
  }

  private RequestBodyException unreadable(Exception fault) {
    return new RequestBodyException(fault, !begun);
  }
}
