package dev.backlane.engine.store;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.OperationId;

/// A running operation, reduced to what lease handling needs.
///
/// @param version the running version; an operation that is read later is in the same attempt only
///     if it still has this version
/// @param lease the lease under which it runs
public record LeasedOperation(OperationId id, long version, Lease lease) {}
