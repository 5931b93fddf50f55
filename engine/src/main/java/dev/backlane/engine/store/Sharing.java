package dev.backlane.engine.store;

import java.time.InstantSource;

/// How the nodes that share a storage coordinate. Thread-safe.
public interface Sharing {
  /// The clock that all nodes use for due times and leases. It follows that of the storage, but not
  /// its jumps.
  InstantSource clock();

  /// Registers a callback for work that another node has added, and starts listening. Called once,
  /// after the store was opened.
  ///
  /// @param wake called on a thread of the store when there may be something to claim; a hint:
  ///     calls may be missing or superfluous
  void onWork(Runnable wake);
}
