package dev.backlane.engine.store;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.failure.StoreException;
import java.util.List;
import java.util.Optional;

/// Whether the data of a store may be a copy of another store's, which has continued since: a
/// restored backup, a copied directory, or a promoted standby. While it is a copy that was not
/// adopted, a store that several nodes share claims no operation. Thread-safe.
public interface StoreOrigin {
  /// Why the data may be a copy; empty if it is the original, or was adopted.
  ///
  /// @throws StoreException if the store is unavailable
  Optional<String> copied();

  /// Which store was the original at the last [#copied]. If it changes, another process has adopted
  /// a copy. Constant if no other process uses the store.
  String original();

  /// Records this store as the original from now on. Durable on return.
  ///
  /// @throws StoreException if the store is unavailable
  void adopt();

  /// The queued or the held operations, by id.
  ///
  /// @param held whether the held ones; otherwise the queued ones
  /// @param after exclusive
  /// @throws StoreException if the store is unavailable
  List<OperationId> waiting(boolean held, OperationId after, int max);
}
