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

  /// A PostgreSQL database that any number of nodes share.
  ///
  /// @param url as JDBC has it, `jdbc:postgresql://host[:port][,host[:port]…]/database[?…]`; holds neither user nor password
  /// @param user empty: as the driver has it
  /// @param password empty: none, or as the driver has it
  /// @param connectionsMax of this node at the same time, 3 to 200, besides the one that listens
  /// @param listen whether nodes tell each other of work at once, on a connection of its own
  /// @param encrypt whether bodies lie encrypted in the database
  /// @param masterKey wraps the keys of what is sealed; the same at every node, but while it is being changed
  /// @param previousMasterKey has wrapped them until now; what it still wraps is wrapped anew
  /// @param nextMasterKey is to wrap them later; other nodes may wrap with it already
  record Postgres(
      String url,
      Optional<String> user,
      Optional<Secret> password,
      int connectionsMax,
      boolean listen,
      boolean encrypt,
      Secret masterKey,
      Optional<Secret> previousMasterKey,
      Optional<Secret> nextMasterKey)
      implements StoreConfig {}
}
