package dev.backlane.gateway.operations.bulk;

import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.gateway.operations.OperationAction;

/// What a job does.
///
/// @param filter which operations; only those that were accepted before the job began
/// @param description of the filter, for the audit log and the list of jobs
/// @param dryRun whether it only counts the operations that match and permit the action
/// @param confirmed whether calls may be repeated although the upstream may have acted on them
public record BulkRequest(
    OperationAction action,
    OperationFilter filter,
    String description,
    boolean dryRun,
    boolean confirmed) {}
