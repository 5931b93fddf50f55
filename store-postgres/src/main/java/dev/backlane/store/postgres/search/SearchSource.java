package dev.backlane.store.postgres.search;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.store.postgres.operations.OwnerDigests;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The queries that select the ids of operations which may match a filter, newest first, each by
/// one index and with a limit. Together they find all that match. Immutable.
///
/// @param parts at least one
record SearchSource(List<Part> parts) {
  private static final String OF_CLIENT = "client_digest = ?";

  /// A table with a condition on its rows.
  ///
  /// @param table of each partition, or a table without partitions
  /// @param partitioned whether the table has partitions
  /// @param digests the parameters of the condition
  private record Part(String table, boolean partitioned, String condition, List<UUID> digests) {
    private static Part history(String table, String condition, List<UUID> digests) {
      return new Part(table, true, condition, digests);
    }

    /// Rows that are few are selected first, since they may be at the far end of all others.
    private static Part few(String condition) {
      return new Part(
          "(SELECT id FROM active_operation WHERE " + condition + " OFFSET 0) few",
          false,
          "true",
          List.of());
    }

    private String sql(PartitionRange range) {
      return "(SELECT id FROM %s WHERE %s AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?)"
          .formatted(partitioned ? range.table(table) : table, condition);
    }
  }

  static SearchSource of(OperationFilter filter) {
    var parts = ofPhases(filter);
    if (!parts.isEmpty()) {
      return new SearchSource(parts);
    }
    return new SearchSource(List.of(Part.history("call", "true", List.of())));
  }

  private static List<Part> ofPhases(OperationFilter filter) {
    var possible = filter.possiblePhases();
    var parts = new ArrayList<Part>();
    boolean anyEnd = possible.stream().anyMatch(Phase::ended);
    if (anyEnd && !filter.unsuccessfulOnly()) {
      return ofCaller(filter.caller());
    }
    if (anyEnd) {
      parts.add(Part.history("outcome", "unsuccessful IS DISTINCT FROM 0", List.of()));
    }
    if (possible.contains(Phase.QUEUED)) {
      parts.add(new Part("active_operation", false, "true", List.of()));
      return parts;
    }
    if (possible.contains(Phase.RUNNING)) {
      parts.add(Part.few("holder IS NOT NULL"));
    }
    if (possible.contains(Phase.RETRYING) || possible.contains(Phase.HELD)) {
      parts.add(Part.few("attention IS NOT NULL"));
    }
    return parts;
  }

  /// Operations are indexed by callers within their tenant only. Rows of nodes of earlier versions
  /// lack the digest of the tenant, and then no index is used.
  private static List<Part> ofCaller(OperationFilter.CallerFilter caller) {
    if (caller.tenant().isEmpty()) {
      return List.of();
    }
    var tenant = caller.tenant().get();
    var parts = new ArrayList<Part>();
    var client = caller.client().orElse("");
    var user = caller.user().orElse("");
    if (!client.isEmpty()) {
      add(parts, OF_CLIENT, OwnerDigests.of(new Caller(tenant, client, "")).client());
    } else if (!user.isEmpty()) {
      // A subject that is the client itself is indexed as the client.
      add(parts, OF_CLIENT, OwnerDigests.of(new Caller(tenant, user, "")).client());
      add(parts, "subject_digest = ?", OwnerDigests.of(new Caller(tenant, "", user)).subject());
    } else {
      add(parts, "tenant_digest = ?", OwnerDigests.of(new Caller(tenant, "", "")).tenant());
      parts.add(Part.history("call", "tenant_digest IS NULL", List.of()));
    }
    return parts;
  }

  private static void add(List<Part> parts, String condition, @Nullable UUID digest) {
    if (digest != null) {
      parts.add(Part.history("call", condition, List.of(digest)));
    }
  }

  /// The query for a partition.
  String sql(PartitionRange range) {
    return String.join(" UNION ", parts.stream().map(part -> part.sql(range)).toList());
  }

  /// Sets the parameters of [#sql].
  ///
  /// @param from inclusive
  /// @param to exclusive
  void parameters(PreparedStatement query, OperationId from, OperationId to, int rows)
      throws SQLException {
    var parameters = new Parameters(query);
    for (var part : parts) {
      for (var digest : part.digests) {
        parameters.uuid(digest);
      }
      parameters.id(from).id(to).count(rows);
    }
    parameters.count(rows);
  }
}
