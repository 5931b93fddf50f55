package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The stored content of a request that is being sent. While the store is unavailable, a read waits
/// and continues where it was: a request of which a part was sent cannot be sent again. As
/// thread-safe as the content.
public final class ResumedContent implements StoredContent {
  /// The wait between two reads that fail.
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /// How often a read is repeated. An upstream does not wait for a request for much longer than a
  /// minute.
  private static final int REPEATS_MAX = 60;

  private static final Logger LOG = LoggerFactory.getLogger(ResumedContent.class);

  private final StoredContent content;
  private final Threads threads;

  public ResumedContent(StoredContent content, Threads threads) {
    this.content = content;
    this.threads = threads;
  }

  @Override
  public long length() {
    return content.length();
  }

  /// Opening fails at once if the store is unavailable: nothing has been sent yet.
  @Override
  public InputStream open(long offset) {
    return new Resuming(content.open(offset), offset);
  }

  private final class Resuming extends InputStream {
    private InputStream in;
    private long position;

    Resuming(InputStream in, long position) {
      this.in = in;
      this.position = position;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      int read;
      try {
        read = in.read(bytes, offset, count);
      } catch (StoreException.Refused damaged) {
        throw damaged;
      } catch (StoreException unavailable) {
        read = repeat(bytes, offset, count, unavailable);
      }
      position += Math.max(0, read);
      return read;
    }

    private int repeat(byte[] bytes, int offset, int count, StoreException initial)
        throws IOException {
      LOG.debug("A request's content cannot be read at {}; retrying", position, initial);
      var last = initial;
      for (int i = 0; i < REPEATS_MAX; i++) {
        pause();
        try {
          in.close();
          in = content.open(position);
          return in.read(bytes, offset, count);
        } catch (StoreException.Refused damaged) {
          throw damaged;
        } catch (StoreException again) {
          last = again;
        }
      }
      throw last;
    }

    private void pause() throws IOException {
      try {
        threads.signal().await(PAUSE);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the store is unavailable");
      }
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
