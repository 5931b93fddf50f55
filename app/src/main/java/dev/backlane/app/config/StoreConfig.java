package dev.backlane.app.config;

import java.nio.file.Path;
import java.util.Optional;

/// Where operations are kept.
public sealed interface StoreConfig {

  /// In the memory of the process: everything is gone when it ends.
  record Memory() implements StoreConfig {}

  /// Embedded RocksDB.
  ///
  /// @param path its directory, made when missing; one process at a time
  /// @param encrypt whether bodies lie encrypted on the disk
  /// @param masterKey wraps the keys of what is sealed; empty: it lies in a file in the directory
  /// @param previousMasterKey has wrapped them until now
  record RocksDb(
      Path path, boolean encrypt, Optional<Secret> masterKey, Optional<Secret> previousMasterKey)
      implements StoreConfig {}
}
