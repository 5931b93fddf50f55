package dev.backlane.architecture.planted.store.rocksdb;

import dev.backlane.architecture.planted.protocol.ProtocolOfEngine;

/// Depends on a module that its own module must not depend on.
public final class RocksOfProtocol {
  public Class<?> known() {
    return ProtocolOfEngine.class;
  }
}
