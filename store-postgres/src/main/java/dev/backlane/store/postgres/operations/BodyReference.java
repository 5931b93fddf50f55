package dev.backlane.store.postgres.operations;

import dev.backlane.engine.store.content.Content;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A content as its operation's row refers to it.
///
/// @param bytes the content itself; null where there is none or it lies in chunks
/// @param spool names the chunks; null where there are none
/// @param length of what lies in chunks, in bytes
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

  /// Bytes that travel with the operation's row.
  long inlineBytes() {
    return bytes == null ? 0 : bytes.length;
  }

  /// Told that a commit begins that refers to the content.
  public static void committing(Content content) {
    if (content instanceof Content.Spooled(long _, ChunkSpool spool)) {
      spool.committing();
    }
  }

  /// Told that no commit refers to it after all.
  static void refused(Content content) {
    if (content instanceof Content.Spooled(long _, ChunkSpool spool)) {
      spool.refused();
    }
  }
}
