package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Chooses the indexes for a filter: an operation that matches is in each of the returned sets. For
/// one thread.
final class SearchPlan {
  private static final Set<Phase> UNFINISHED =
      EnumSet.of(Phase.QUEUED, Phase.RETRYING, Phase.RUNNING, Phase.HELD);

  private final OpenDatabase db;
  private final UnfinishedIds unfinished;
  private final OperationFilter filter;

  private SearchPlan(OpenDatabase db, UnfinishedIds unfinished, OperationFilter filter) {
    this.db = db;
    this.unfinished = unfinished;
    this.filter = filter;
  }

  /// The sets whose intersection contains all operations that match. The caller closes them.
  static List<IdScan> scans(OpenDatabase db, UnfinishedIds unfinished, OperationFilter filter) {
    var plan = new SearchPlan(db, unfinished, filter);
    var scans = new ArrayList<IdScan>();
    scans.addAll(plan.ofCaller());
    plan.ofPhases().ifPresent(scans::add);
    if (scans.isEmpty()) {
      scans.add(plan.all(Column.CALLS));
    }
    return scans;
  }

  private IdScan all(Column column) {
    return new ColumnScan(db, column, _ -> true);
  }

  private IdScan unsuccessful() {
    return new ColumnScan(
        db,
        Column.UNSUCCESSFUL,
        value -> UnsuccessfulEnd.mayMatch(Keys.unsuccessfulEnd(value), filter));
  }

  /// Empty if operations in any phase can match.
  private Optional<IdScan> ofPhases() {
    var possible = filter.possiblePhases();
    if (possible.size() == Phase.values().length) {
      return Optional.empty();
    }
    var scans = new ArrayList<IdScan>();
    if (possible.stream().anyMatch(Phase::ended)) {
      scans.add(filter.unsuccessfulOnly() ? unsuccessful() : all(Column.ENDED));
    }
    if (possible.contains(Phase.QUEUED) || possible.containsAll(UNFINISHED)) {
      scans.add(all(Column.ACTIVE));
    } else {
      possible.forEach(phase -> inMemory(phase).ifPresent(scans::add));
    }
    return Optional.of(new UnionScan(scans));
  }

  private Optional<IdScan> inMemory(Phase phase) {
    return switch (phase) {
      case RUNNING -> Optional.of(new MemoryScan(unfinished.running()));
      case RETRYING -> Optional.of(new MemoryScan(unfinished.retrying()));
      case HELD -> Optional.of(new MemoryScan(unfinished.held()));
      case QUEUED, FINISHED, FAILED, CANCELED -> Optional.empty();
    };
  }

  /// Operations are indexed by callers within their tenant only.
  private List<IdScan> ofCaller() {
    var caller = filter.caller();
    if (caller.tenant().isEmpty()) {
      return List.of();
    }
    var tenant = caller.tenant().get();
    var scans = new ArrayList<IdScan>();
    caller
        .client()
        .flatMap(client -> CallerDigests.client(new Caller(tenant, client, "")))
        .ifPresent(digest -> scans.add(owned(digest)));
    caller.user().ifPresent(user -> ofUser(tenant, user).ifPresent(scans::add));
    if (scans.isEmpty()) {
      scans.add(owned(CallerDigests.tenant(new Caller(tenant, "", ""))));
    }
    return scans;
  }

  /// A subject that is the client itself is indexed as the client. Empty if the user has no name.
  private Optional<IdScan> ofUser(String tenant, String user) {
    var subject = CallerDigests.subject(new Caller(tenant, "", user));
    var client = CallerDigests.client(new Caller(tenant, user, ""));
    return subject.isEmpty() || client.isEmpty()
        ? Optional.empty()
        : Optional.of(new UnionScan(List.of(owned(subject.get()), owned(client.get()))));
  }

  private IdScan owned(byte[] owner) {
    return new OwnerScan(db, owner, filter.from());
  }
}
