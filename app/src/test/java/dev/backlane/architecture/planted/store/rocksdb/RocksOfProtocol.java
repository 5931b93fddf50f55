package dev.backlane.architecture.planted.store.rocksdb;

import dev.backlane.architecture.planted.protocol.ProtocolOfEngine;

/// Knows a module that it must not.
public final class RocksOfProtocol {
  public Class<?> known() {
    return ProtocolOfEngine.class;
  }
}
