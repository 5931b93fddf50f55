package dev.backlane.store.postgres.operations;

import dev.backlane.engine.store.content.Content;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The reference from the row of an operation to a content.
///
/// @param bytes the content itself; null if there is none or it is stored in chunks
/// @param spool the name of the chunks; null if there are none
/// @param length the length in bytes of a content that is stored in chunks; null otherwise
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record BodyReference(byte @Nullable [] bytes, @Nullable UUID spool, @Nullable Long length) {
  private static final BodyReference NONE = new BodyReference(null, null, null);

  public static BodyReference of(Content content) {
    return switch (content) {
      case Content.Inline(byte[] bytes) ->
          bytes.length == 0 ? NONE : new BodyReference(bytes, null, null);
      case Content.Spooled(long length, ChunkSpool spool) ->
          new BodyReference(null, spool.name(), length);
      case Content.Spooled _ -> throw new IllegalStateException("a spool of another store");
    };
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
