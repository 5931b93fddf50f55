package dev.backlane.store.postgres.operations;

import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.ContentChecksum;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.InputStream;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The reference from the row of an operation to a content.
///
/// @param bytes the content itself, followed by its checksum; null if there is none or it is stored
///     in chunks
/// @param spool the name of the chunks; null if there are none
/// @param length the length in bytes of a content that is stored in chunks; null otherwise
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record BodyReference(byte @Nullable [] bytes, @Nullable UUID spool, @Nullable Long length) {
  private static final ContentChecksum CHECKSUM = new ContentChecksum("body");
  private static final BodyReference NONE = new BodyReference(null, null, null);

  public static BodyReference of(Content content) {
    return switch (content) {
      case Content.Inline(byte[] bytes) ->
          bytes.length == 0
              ? NONE
              : new BodyReference(CHECKSUM.append(0, bytes, bytes.length), null, null);
      case Content.Spooled(long length, ChunkSpool spool) ->
          new BodyReference(null, spool.name(), length);
      case Content.Spooled _ -> throw new IllegalStateException("a spool of another store");
    };
  }

  /// A content that is stored in the operation's row.
  ///
  /// @param stored as [#bytes()]
  /// @return a content that throws [StoreException.Damaged] when it is opened if it was altered
  public static StoredContent inline(byte[] stored) {
    try {
      return new InMemoryContent(CHECKSUM.remove(0, stored));
    } catch (StoreException.Damaged altered) {
      return new DamagedContent(Math.max(0, stored.length - ContentChecksum.BYTES), altered);
    }
  }

  private record DamagedContent(long length, StoreException.Damaged why) implements StoredContent {
    @Override
    public InputStream open(long offset) {
      throw why;
    }
  }

  /// The bytes that are stored in the operation's row.
  long inlineBytes() {
    return bytes == null ? 0 : bytes.length;
  }

  /// Records that a commit that refers to the content begins.
  public static void committing(Content content) {
    if (content instanceof Content.Spooled(long _, ChunkSpool spool)) {
      spool.committing();
    }
  }

  /// Records that no commit refers to the content.
  static void refused(Content content) {
    if (content instanceof Content.Spooled(long _, ChunkSpool spool)) {
      spool.refused();
    }
  }
}
