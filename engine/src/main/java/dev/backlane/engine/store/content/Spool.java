package dev.backlane.engine.store.content;

import dev.backlane.engine.store.StoreException;

/// A large content being written to the disk, ahead of the commit that refers to it. For one thread.
public interface Spool extends AutoCloseable {
  /// Appends bytes; they may still be in a buffer on return.
  ///
  /// @throws StoreException if the disk does not take them
  void write(byte[] bytes, int offset, int length);

  /// Ends the content. On return it is durable, yet still discarded by [#close()] unless a commit refers to it.
  Content.Spooled seal();

  /// Discards the content unless a commit of the store refers to it. Idempotent.
  @Override
  void close();
}
