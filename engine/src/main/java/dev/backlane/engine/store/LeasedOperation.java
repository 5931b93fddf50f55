package dev.backlane.engine.store;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.OperationId;

/// A running operation, reduced to what lease handling needs.
///
/// @param version the running version; an operation that is read later is in the same attempt only
///     if it still has this version
/// @param lease the lease under which it runs
public record LeasedOperation(OperationId id, long version, Lease lease) {
  /// The version of an operation whose progress cannot be read.
  public static final long UNREADABLE = -2;

  /// The lease of an operation that cannot be read: of no holder, so that any may set it aside.
  public static final Lease NO_HOLDER = new Lease("", 0);
}
