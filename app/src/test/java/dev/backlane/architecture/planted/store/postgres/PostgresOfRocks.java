package dev.backlane.architecture.planted.store.postgres;

import dev.backlane.architecture.planted.store.rocksdb.RocksOfProtocol;

/// Depends on a module that its own module must not depend on.
public final class PostgresOfRocks {
  public Class<?> known() {
    return RocksOfProtocol.class;
  }
}
