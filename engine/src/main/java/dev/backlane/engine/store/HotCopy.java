package dev.backlane.engine.store;

import dev.backlane.engine.store.failure.StoreException;
import java.nio.file.Path;

/// Copies of a store that is in use, for backups and checks. A copy is the store at one moment
/// between the call and the return: it has everything that was acknowledged before the call, and of
/// each commit either everything or nothing. Meanwhile the store is used as always, except that
/// nothing is pruned. Implemented by stores that are files of this process. Thread-safe; calls run
/// one after another.
public interface HotCopy {
  /// Receives the progress of a copy.
  @FunctionalInterface
  interface Progress {
    /// @param files how many contents were copied
    /// @param all how many there are, as far as is known
    void copied(long files, long all);
  }

  /// A temporary copy.
  interface Temporary extends AutoCloseable {
    /// The copy, open.
    Store store();

    /// Closes the copy and removes it.
    @Override
    void close();
  }

  /// Copies the store into a new directory, from which it can be served, and opens the copy once as
  /// a check. The copy is durable on return.
  ///
  /// @param to must not exist; it appears at the end, when the copy is complete
  /// @throws StoreException if the copy fails; the message names the fix
  void copyTo(Path to, Progress progress);

  /// Opens a temporary copy. It uses the space of what the store removes meanwhile.
  ///
  /// @throws StoreException if the copy fails, or if there is a temporary copy already
  Temporary openCopy(Progress progress);
}
