package dev.backlane.engine.store.search;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Collects the rows of one page of a search, or counts them, and ends at its bounds. Used by all
/// stores. For one thread.
public final class PageBuilder {
  private final OperationFilter filter;
  private final int limit;
  private final boolean keep;
  private final List<Operation> page = new ArrayList<>();
  private OperationId to;
  private long matches;
  private long bytes;
  private int scanned;

  private PageBuilder(OperationFilter filter, OperationId before, int limit, boolean keep) {
    this.filter = filter;
    this.limit = limit;
    this.keep = keep;
    this.to = before.compareTo(filter.to()) < 0 ? before : filter.to();
  }

  /// Collects a page.
  public static PageBuilder of(OperationFilter filter, OperationId before, int limit) {
    return new PageBuilder(filter, before, limit, true);
  }

  /// Counts, and keeps no operation.
  public static PageBuilder counting(OperationFilter filter) {
    return new PageBuilder(filter, filter.to(), Integer.MAX_VALUE, false);
  }

  public OperationFilter filter() {
    return filter;
  }

  /// The id before which the scan continues (exclusive).
  public OperationId to() {
    return to;
  }

  /// Whether no further row may be read.
  public boolean full() {
    return matches == limit
        || scanned >= OperationSearch.SCANNED_MAX
        || bytes >= OperationSearch.PAGE_BYTES_MAX;
  }

  /// How many rows may still be read.
  public int left() {
    return OperationSearch.SCANNED_MAX - scanned;
  }

  /// Records that an entry of an index was read which leads to no operation.
  ///
  /// @param next the id before which the scan continues
  public void skip(OperationId next) {
    scanned++;
    to = next;
  }

  /// Adds a row, if it matches.
  ///
  /// @param found empty if it does not exist, cannot be read or cannot match
  /// @param recordBytes of its records
  public void visit(OperationId id, Optional<Operation> found, long recordBytes) {
    skip(id);
    if (found.filter(filter::matches).isPresent()) {
      matches++;
      if (keep) {
        page.add(found.get());
        bytes += recordBytes;
      }
    }
  }

  /// The page.
  ///
  /// @param end whether there are no further rows
  public SearchPage page(boolean end) {
    return new SearchPage(
        page, end ? Optional.empty() : Optional.of(to), !end && page.size() < limit);
  }

  /// The count.
  ///
  /// @param end whether there are no further rows
  public MatchCount count(boolean end) {
    return new MatchCount(matches, !end);
  }
}
