package dev.backlane.benchmarks.search;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.Gateways;
import dev.backlane.benchmarks.database.StoredDatabase;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.OperationFilter.CallerFilter;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.rocksdb.RocksStore;
import java.io.IOException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Measures how long the pages and counts of operators take in stores with millions of operations.
/// Not thread-safe.
public final class SearchCost {
  private static final int PAGE_ROWS = 50;
  private static final int ROUNDS = 25;

  private final Gateways gateways;
  private final int operations;

  /// @param operations in each store
  public SearchCost(Gateways gateways, int operations) {
    this.gateways = gateways;
    this.operations = operations;
  }

  /// Fills both stores and prints the tables.
  public void run() throws IOException, SQLException {
    var data = gateways.work().resolve("searched");
    try (var store = RocksStore.open(data)) {
      SearchedStore.fill(store, operations);
    }
    // As after a start: without what the import has left in memory.
    try (var store = RocksStore.open(data)) {
      measure("RocksDB", store);
    }
    try (var gateway = gateways.dashboard(data)) {
      new PageCost(gateway.port(), ROUNDS).print("RocksDB");
    }
    try (var server = PostgresServer.start(PostgresVersion.NEWEST)) {
      var database = StoredDatabase.create(server, "searched");
      try (var store = database.open()) {
        SearchedStore.fill(store, operations);
      }
      database.settle();
      try (var store = database.open()) {
        measure("PostgreSQL", store);
      }
      try (var gateway =
          gateways.dashboard(server.url("searched"), server.user(), server.password())) {
        new PageCost(gateway.port(), ROUNDS).print("PostgreSQL");
      }
    }
  }

  private static Map<String, OperationFilter> filters() {
    var all = OperationFilter.ALL;
    var filters = new LinkedHashMap<String, OperationFilter>();
    filters.put("everything", all);
    filters.put("failed", all.in(Phase.FAILED));
    filters.put("outcome unknown", with(Optional.of(ErrorCode.OUTCOME_UNKNOWN), "", -1, "", ""));
    filters.put("status 500", with(Optional.empty(), "", 500, "", ""));
    filters.put("retrying", all.in(Phase.RETRYING));
    filters.put("running (none)", all.in(Phase.RUNNING));
    filters.put("finished", all.in(Phase.FINISHED));
    filters.put(
        "a tenant of 1 in 10,000", with(Optional.empty(), SearchedStore.SMALL_TENANT, -1, "", ""));
    filters.put(
        "its failed ones (none)",
        with(Optional.empty(), SearchedStore.SMALL_TENANT, -1, "", "").in(Phase.FAILED));
    filters.put("a route of 1 in 10", with(Optional.empty(), "", -1, SearchedStore.ROUTE, ""));
    filters.put("a reference (none)", with(Optional.empty(), "", -1, "", "no such order"));
    return filters;
  }

  private static OperationFilter with(
      Optional<ErrorCode> code, String tenant, int status, String route, String reference) {
    var all = OperationFilter.ALL;
    return new OperationFilter(
        all.phases(),
        code,
        new CallerFilter(given(tenant), Optional.empty(), Optional.empty()),
        given(route),
        status < 0 ? OptionalInt.empty() : OptionalInt.of(status),
        given(reference),
        Optional.empty(),
        all.from(),
        all.to());
  }

  private static Optional<String> given(String text) {
    return Optional.of(text).filter(each -> !each.isEmpty());
  }

  private void measure(String name, Store store) {
    var search = store.search();
    var table =
        new MarkdownTable(
            "filter", "rows", "page: first, median, slowest in ms", "counts: median in ms");
    filters()
        .forEach((title, filter) -> {
          var rows = search.search(filter, filter.to(), PAGE_ROWS);
          var pages = Times.of(ROUNDS, () -> search.search(filter, filter.to(), PAGE_ROWS));
          var counts = Times.of(ROUNDS, () -> search.countByPhase(filter));
          table.row(
              title,
              rows.operations().size() + (rows.incomplete() ? ", incomplete" : ""),
              pages.text(),
              fine(counts.median()));
        });
    System.out.printf(
        "%n%s, %s operations, pages of %d rows, at most %s rows read:%n%n%s%n",
        name, whole(operations), PAGE_ROWS, whole(OperationSearch.SCANNED_MAX), table);
  }
}
