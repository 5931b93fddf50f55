package dev.backlane.engine.store.content;

import dev.backlane.engine.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.Supplier;

/// A content that is read from a stream and kept in memory if it is small, in a [Spool] otherwise.
/// Closing discards a spool that no commit refers to. For one thread.
public final class StagedContent implements AutoCloseable {
  /// The length below which a content is kept in memory and inside the store's records, 64 KiB:
  /// small enough that a thousand at once fit into any heap, large enough for nearly all JSON
  /// bodies.
  public static final int INLINE_BYTES_MAX = 64 * 1024;

  private static final int FIRST_READ_BYTES = 4 * 1024;

  private final Content content;

  private StagedContent(Content content) {
    this.content = content;
  }

  /// An empty content.
  public static StagedContent empty() {
    return new StagedContent(Content.EMPTY);
  }

  /// Reads `in` to its end; does not close it.
  ///
  /// @param bytesMax the maximum length of the content
  /// @param spools opens a spool if the content turns out to be large
  /// @throws TooLargeException if the content is longer; what was read is discarded
  /// @throws IOException if `in` fails; what was read is discarded
  /// @throws StoreException if the spool cannot be written
  public static StagedContent read(InputStream in, long bytesMax, Supplier<Spool> spools)
      throws IOException, TooLargeException {
    byte[] buffer = new byte[FIRST_READ_BYTES];
    int filled = 0;
    while (true) {
      int read = in.read(buffer, filled, buffer.length - filled);
      if (read < 0) {
        return new StagedContent(
            filled == 0 ? Content.EMPTY : new Content.Inline(Arrays.copyOf(buffer, filled)));
      }
      filled += read;
      if (filled > bytesMax) {
        throw new TooLargeException(bytesMax);
      }
      if (filled == INLINE_BYTES_MAX) {
        return spooled(buffer, in, bytesMax, spools);
      }
      if (filled == buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.min(buffer.length * 4, INLINE_BYTES_MAX));
      }
    }
  }

  private static StagedContent spooled(
      byte[] buffer, InputStream in, long bytesMax, Supplier<Spool> spools)
      throws IOException, TooLargeException {
    var spool = spools.get();
    try {
      long total = 0;
      for (int read = buffer.length; read >= 0; read = in.read(buffer)) {
        total += read;
        if (total > bytesMax) {
          throw new TooLargeException(bytesMax);
        }
        spool.write(buffer, 0, read);
      }
      return new StagedContent(spool.seal());
    } catch (IOException | TooLargeException | RuntimeException failed) {
      spool.close();
      throw failed;
    }
  }

  /// The content that was read.
  public Content content() {
    return content;
  }

  @Override
  public void close() {
    if (content instanceof Content.Spooled(long _, Spool spool)) {
      spool.close();
    }
  }
}
