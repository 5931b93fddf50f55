package dev.backlane.engine.store.search;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.ReadyQueue;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// Finds operations of all callers, for operators. The cost of each call is bounded, whatever is
/// stored and whatever is looked for.
///
/// Thread-safe. Every method may block, and only reads. Concurrent changes may or may not be seen.
public interface OperationSearch {
  /// The most rows that a store reads for one page or one count, 5,000. At this number a page ends
  /// early, and its `next` continues.
  int SCANNED_MAX = 5_000;

  /// The most operations ahead of another that are counted, 10,000.
  int AHEAD_MAX = 10_000;

  /// The size of the records at which a page ends early, 4 MiB.
  long PAGE_BYTES_MAX = 4L << 20;

  /// One page of operations, newest first. An operation that cannot be read is omitted.
  ///
  /// @param before the id before which the page begins (exclusive)
  /// @param limit rows of the page, 1 to 200
  SearchPage search(OperationFilter filter, OperationId before, int limit);

  /// Counts the operations that match.
  MatchCount count(OperationFilter filter);

  /// Counts the due operations of the same tenant on the same route that start before a queued one,
  /// up to [#AHEAD_MAX].
  ///
  /// @param now an operation that is not due yet has no place: the count is unknown
  /// @return empty if it has no place in the queue
  Optional<MatchCount> ahead(Operation queued, Instant now);

  /// Counts the operations that match, by phase: each phase that the filter permits.
  default Map<Phase, MatchCount> countByPhase(OperationFilter filter) {
    var counts = new EnumMap<Phase, MatchCount>(Phase.class);
    for (var phase : filter.possiblePhases()) {
      counts.put(phase, count(filter.in(phase)));
    }
    return counts;
  }

  /// The place of an operation in a queue in memory.
  static Optional<MatchCount> ahead(ReadyQueue queue, Operation operation, Instant now) {
    if (!(operation.state() instanceof State.Queued queued)) {
      return Optional.empty();
    }
    var ahead = queue.ahead(QueueEntry.of(operation, queued), AHEAD_MAX, now);
    return ahead.isEmpty()
        ? Optional.empty()
        : Optional.of(new MatchCount(ahead.getAsInt(), ahead.getAsInt() == AHEAD_MAX));
  }
}
