package dev.backlane.engine.store.content;

import dev.backlane.engine.store.failure.StoreException;
import java.util.OptionalLong;

/// A large content that is being written to the storage before the commit that refers to it. For
/// one thread.
public interface Spool extends AutoCloseable {
  /// Announces how many bytes will be written in all. The storage may reserve space for them.
  ///
  /// @throws StoreException.NoSpace if there is not enough
  default void expect(long bytes) {}

  /// Announces the length of a content where it is known.
  ///
  /// @return `spool`
  /// @throws StoreException.NoSpace if there is not enough space; `spool` is closed
  static Spool expecting(OptionalLong bytes, Spool spool) {
    try {
      bytes.ifPresent(spool::expect);
      return spool;
    } catch (StoreException full) {
      spool.close();
      throw full;
    }
  }

  /// Appends bytes; they may still be in a buffer on return.
  ///
  /// @throws StoreException if they cannot be written
  void write(byte[] bytes, int offset, int length);

  /// Ends the content. On return it is durable, but [#close()] still discards it unless a commit
  /// refers to it.
  Content.Spooled seal();

  /// Discards the content unless a commit of the store refers to it. Idempotent.
  @Override
  void close();
}
