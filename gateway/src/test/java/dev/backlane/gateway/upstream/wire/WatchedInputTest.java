package dev.backlane.gateway.upstream.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class WatchedInputTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration BEFORE = Duration.ofSeconds(9);
  private static final Duration AFTER = Duration.ofSeconds(11);

  private final AtomicInteger closes = new AtomicInteger();

  /// A source of single bytes.
  private abstract static class Bytes extends InputStream {
    abstract int next() throws IOException;

    @Override
    public int read() throws IOException {
      return next();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      bytes[offset] = (byte) next();
      return 1;
    }
  }

  /// A source of which each read is watched once while it waits.
  private final class Source extends Bytes {
    private final Duration watchedAfter;
    private final Duration left;
    private WatchedInput watched = new WatchedInput(InputStream.nullInputStream(), () -> {});

    Source(Duration watchedAfter, Duration left) {
      this.watchedAfter = watchedAfter;
      this.left = left;
    }

    @Override
    int next() throws IOException {
      watched.endIfSilent(System.nanoTime() + watchedAfter.toNanos(), () -> left);
      if (closes.get() > 0) {
        throw new IOException("closed");
      }
      return 'x';
    }
  }

  private WatchedInput watched(Source source) {
    source.watched = new WatchedInput(source, closes::incrementAndGet);
    source.watched.limit(LIMIT);
    return source.watched;
  }

  @Test
  void aReadWithinItsLimitContinues() throws IOException {
    assertThat(watched(new Source(BEFORE, Duration.ZERO)).read()).isEqualTo('x');
    assertThat(closes).hasValue(0);
  }

  @Test
  void aReadBeyondItsLimitTimesOutAndItsConnectionIsClosed() {
    assertThatThrownBy(() -> watched(new Source(AFTER, Duration.ZERO)).read())
        .isInstanceOf(SocketTimeoutException.class)
        .hasRootCauseMessage("closed");
    assertThat(closes).hasValue(1);
  }

  @Test
  void aReadThatMayWaitLongerContinues() throws IOException {
    assertThat(watched(new Source(AFTER, Duration.ofSeconds(5))).read()).isEqualTo('x');
    assertThat(closes).hasValue(0);
  }

  @Test
  void nothingIsEndedBetweenReads() throws IOException {
    var input = new WatchedInput(new ByteArrayInputStream(new byte[2]), closes::incrementAndGet);
    input.limit(LIMIT);
    assertThat(input.read()).isZero();
    input.endIfSilent(System.nanoTime() + AFTER.toNanos(), () -> Duration.ZERO);
    assertThat(input.read()).isZero();
    assertThat(closes).hasValue(0);
  }

  @Test
  void withoutALimitNothingIsEnded() throws IOException {
    var source = new Source(Duration.ofDays(1), Duration.ZERO);
    var input = watched(source);
    input.limit(Duration.ZERO);
    assertThat(input.read()).isEqualTo('x');
    assertThat(closes).hasValue(0);
  }

  @Test
  void aReadOfAnotherThreadIsEnded() throws Exception {
    var closed = new CountDownLatch(1);
    var reads = new CountDownLatch(1);
    var input =
        new WatchedInput(
            new Bytes() {
              @Override
              int next() throws IOException {
                reads.countDown();
                try {
                  closed.await();
                } catch (InterruptedException interrupted) {
                  Thread.currentThread().interrupt();
                }
                throw new IOException("closed");
              }
            },
            closed::countDown);
    input.limit(LIMIT);
    Thread.ofVirtual()
        .start(() -> {
          try {
            reads.await();
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          }
          input.endIfSilent(System.nanoTime() + AFTER.toNanos(), () -> Duration.ZERO);
        });
    assertThatThrownBy(input::read).isInstanceOf(SocketTimeoutException.class);
  }
}
