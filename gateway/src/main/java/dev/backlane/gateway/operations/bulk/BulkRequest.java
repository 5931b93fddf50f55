package dev.backlane.gateway.operations.bulk;

import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.gateway.operations.OperationAction;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// What a job does. Immutable.
///
/// @param filter which operations; only those that were accepted before the job began
/// @param given the filter as the operator gave it: names of
///     [dev.backlane.gateway.operations.OperationSearchForm] with their values, in order
/// @param dryRun whether it only counts the operations that match and permit the action
/// @param confirmed whether calls may be repeated although the upstream may have acted on them
/// @param expected how many operations a dry run counted before, to show progress; empty: unknown
public record BulkRequest(
    OperationAction action,
    OperationFilter filter,
    Map<String, String> given,
    boolean dryRun,
    boolean confirmed,
    OptionalLong expected) {
  public BulkRequest {
    given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
  }

  /// The filter for the audit log and the list of jobs, such as `phase=failed tenant=nordlys`.
  public String description() {
    return given.entrySet().stream()
        .map(each -> each.getKey() + "=" + each.getValue())
        .collect(Collectors.joining(" "));
  }
}
