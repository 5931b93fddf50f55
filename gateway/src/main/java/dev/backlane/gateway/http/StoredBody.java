package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalLong;

/// Sends stored content as the content of a response, in pieces, so that it is never in memory as a
/// whole. Stateless.
public final class StoredBody {
  private static final int PIECE_BYTES = 64 * 1024;

  /// A piece exists as stored, as decrypted, and as it is sent.
  private static final int COPIES = 3;

  /// A content of at most this length is verified before its first byte is sent, 16 MiB: reading it
  /// twice takes some milliseconds, and a damaged one is then answered with a problem. Of a longer
  /// one each piece is verified before it is sent, and the connection is closed at the damage.
  private static final long VERIFIED_FIRST_BYTES_MAX = 16 * 1024 * 1024;

  private StoredBody() {}

  /// The memory that sending the response content of an operation occupies at a time.
  public static long memoryBytes(Operation operation) {
    long length =
        operation.state() instanceof State.Finished finished
            ? finished.response().contentLength()
            : 0;
    return COPIES * Math.min(PIECE_BYTES, length);
  }

  /// Sends all of a stored content; no content if there is none.
  ///
  /// @throws StoreException if the content cannot be read
  /// @throws UncheckedIOException if the client is gone
  public static void send(Call call, Optional<StoredContent> content) {
    if (content.isPresent()) {
      send(call, content.get(), 0, content.get().length());
    } else {
      call.respond();
    }
  }

  /// As [#send(Call, Optional)], `length` bytes from `offset`.
  public static void send(Call call, StoredContent content, long offset, long length) {
    if (length == 0) {
      call.respond();
      return;
    }
    if (length > PIECE_BYTES && length <= VERIFIED_FIRST_BYTES_MAX) {
      content.verify(offset, length);
    }
    try (var in = content.open(offset)) {
      byte[] piece = new byte[(int) Math.min(PIECE_BYTES, length)];
      if (length == piece.length) {
        fill(in, piece, piece.length);
        call.respond(piece);
        return;
      }
      stream(call, in, piece, length);
    } catch (IOException clientGone) {
      throw new UncheckedIOException("the client closed its connection", clientGone);
    }
  }

  private static void stream(Call call, InputStream in, byte[] piece, long length)
      throws IOException {
    var out = call.stream(OptionalLong.of(length));
    for (long left = length; left > 0; ) {
      int count = (int) Math.min(piece.length, left);
      fill(in, piece, count);
      out.write(piece, 0, count);
      left -= count;
    }
    out.close();
  }

  private static void fill(InputStream in, byte[] piece, int count) {
    int read;
    try {
      read = in.readNBytes(piece, 0, count);
    } catch (IOException failed) {
      if (failed.getCause() instanceof StoreException cause) {
        throw cause;
      }
      throw new StoreException("stored content cannot be read: " + failed.getMessage(), failed);
    }
    if (read < count) {
      throw new StoreException.Damaged("a stored content is shorter than its recorded length");
    }
  }
}
