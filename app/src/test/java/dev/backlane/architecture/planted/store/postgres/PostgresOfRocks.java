package dev.backlane.architecture.planted.store.postgres;

import dev.backlane.architecture.planted.store.rocksdb.RocksOfProtocol;

/// Knows a module that it must not.
public final class PostgresOfRocks {
  public Class<?> known() {
    return RocksOfProtocol.class;
  }
}
