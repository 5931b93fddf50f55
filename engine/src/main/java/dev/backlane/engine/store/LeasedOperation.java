package dev.backlane.engine.store;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.OperationId;

/// A running operation, reduced to what lease handling needs.
///
/// @param version the version that runs; an operation that is found later is the same run only if it has
///     this version
/// @param lease under which it runs
public record LeasedOperation(OperationId id, long version, Lease lease) {}
