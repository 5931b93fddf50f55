package dev.backlane.engine.store.content;

import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.memory.OverBudgetException;
import dev.backlane.engine.memory.Reservation;
import dev.backlane.engine.store.failure.StoreException;
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

  /// The buffers of a spool: one of the cipher, and one of the file or the chunk.
  static final long SPOOL_BYTES = 2 * 64 * 1024;

  /// A content in memory exists twice while it is stored: as received, and as encrypted.
  private static final int COPIES = 2;

  private static final int FIRST_READ_BYTES = 4 * 1024;

  private final Content content;
  private final Reservation memory;

  private StagedContent(Content content, Reservation memory) {
    this.content = content;
    this.memory = memory;
  }

  /// An empty content.
  public static StagedContent empty() {
    return new StagedContent(Content.EMPTY, MemoryBudget.UNLIMITED.reservation());
  }

  /// Reads `in` to its end; does not close it. Memory is allocated for bytes that have arrived,
  /// never for a length that is only announced. A content that the memory budget refuses is
  /// spooled, however small.
  ///
  /// @param bytesMax the maximum length of the content
  /// @param spools opens a spool if the content turns out to be large
  /// @param memory empty; holds the bytes of the content until it is closed with the result, or
  ///     closed here on a failure
  /// @throws TooLargeException if the content is longer; what was read is discarded
  /// @throws OverBudgetException if there is no memory for a spool either; what was read is
  ///     discarded
  /// @throws IOException if `in` fails; what was read is discarded
  /// @throws StoreException if the spool cannot be written
  public static StagedContent read(
      InputStream in, long bytesMax, Supplier<Spool> spools, Reservation memory)
      throws IOException, TooLargeException {
    boolean complete = false;
    try {
      var staged = readInto(memory, in, bytesMax, spools);
      complete = true;
      return staged;
    } finally {
      if (!complete) {
        memory.close();
      }
    }
  }

  /// As [#read(InputStream, long, Supplier, Reservation)] with unlimited memory, for one content
  /// at a time.
  public static StagedContent read(InputStream in, long bytesMax, Supplier<Spool> spools)
      throws IOException, TooLargeException {
    return read(in, bytesMax, spools, MemoryBudget.UNLIMITED.reservation());
  }

  private static StagedContent readInto(
      Reservation memory, InputStream in, long bytesMax, Supplier<Spool> spools)
      throws IOException, TooLargeException {
    memory.require(COPIES * FIRST_READ_BYTES);
    byte[] buffer = new byte[FIRST_READ_BYTES];
    int filled = 0;
    while (true) {
      int read = in.read(buffer, filled, buffer.length - filled);
      if (read < 0) {
        memory.shrinkTo((long) COPIES * filled);
        return new StagedContent(
            filled == 0 ? Content.EMPTY : new Content.Inline(Arrays.copyOf(buffer, filled)),
            memory);
      }
      filled += read;
      if (filled > bytesMax) {
        throw new TooLargeException(bytesMax);
      }
      if (filled == INLINE_BYTES_MAX) {
        return spooled(buffer, memory, in, bytesMax, spools);
      }
      if (filled == buffer.length) {
        int larger = Math.min(buffer.length * 4, INLINE_BYTES_MAX);
        if (!memory.tryGrow((long) COPIES * (larger - buffer.length))) {
          return spooled(buffer, memory, in, bytesMax, spools);
        }
        buffer = Arrays.copyOf(buffer, larger);
      }
    }
  }

  private static StagedContent spooled(
      byte[] buffer, Reservation memory, InputStream in, long bytesMax, Supplier<Spool> spools)
      throws IOException, TooLargeException {
    memory.shrinkTo(buffer.length);
    memory.require(SPOOL_BYTES);
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
      var sealed = spool.seal();
      memory.shrinkTo(SPOOL_BYTES);
      return new StagedContent(sealed, memory);
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
    memory.close();
    if (content instanceof Content.Spooled(long _, Spool spool)) {
      spool.close();
    }
  }
}
