package dev.backlane.architecture.planted.store.rocksdb;

import dev.backlane.architecture.planted.protocol.Knowing;

/// Knows a module that it must not.
public final class RocksOfProtocol {
  public Class<?> known() {
    return Knowing.class;
  }
}
