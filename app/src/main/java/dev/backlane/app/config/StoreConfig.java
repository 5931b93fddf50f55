package dev.backlane.app.config;

import java.nio.file.Path;

/// Where operations are kept.
public sealed interface StoreConfig {

  /// In the memory of the process: everything is gone when it ends.
  record Memory() implements StoreConfig {}

  /// Embedded RocksDB.
  ///
  /// @param path its directory, made when missing; one process at a time
  /// @param encrypt whether bodies lie encrypted on the disk
  record RocksDb(Path path, boolean encrypt) implements StoreConfig {}
}
