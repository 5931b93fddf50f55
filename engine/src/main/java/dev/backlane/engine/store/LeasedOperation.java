package dev.backlane.engine.store;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.OperationId;

/// An operation that is running, as far as those who look after leases need to know of it.
///
/// @param version in which it runs; the operation as found later is the same run only in this version
/// @param lease under which it runs
public record LeasedOperation(OperationId id, long version, Lease lease) {}
