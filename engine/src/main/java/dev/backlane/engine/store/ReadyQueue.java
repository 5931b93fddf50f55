package dev.backlane.engine.store;

import dev.backlane.engine.operation.OperationId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/// The ids that wait for a worker, by due time, held in memory by the stores of a single process and rebuilt at start. Only
/// ids travel through it: a million of them take about 60 MB. Thread-safe.
public final class ReadyQueue {
  private record Entry(Instant dueAt, OperationId id) {}

  private static final Comparator<Entry> LONGEST_DUE_FIRST =
      Comparator.comparing(Entry::dueAt).thenComparing(Entry::id);

  private final PriorityQueue<Entry> entries = new PriorityQueue<>(LONGEST_DUE_FIRST);

  /// Lets an operation wait until it is due.
  public synchronized void add(OperationId id, Instant dueAt) {
    entries.add(new Entry(dueAt, id));
  }

  /// Takes up to `max` ids that are due at `now`, the longest due first.
  public synchronized List<OperationId> take(int max, Instant now) {
    var taken = new ArrayList<OperationId>();
    while (taken.size() < max) {
      var head = entries.peek();
      if (head == null || head.dueAt().isAfter(now)) {
        break;
      }
      entries.remove();
      taken.add(head.id());
    }
    return taken;
  }

  /// How many wait, due or not. An operation that was canceled counts until its turn comes.
  public synchronized int size() {
    return entries.size();
  }

  /// When the first becomes due; empty if none waits.
  public synchronized Optional<Instant> nextDue() {
    return Optional.ofNullable(entries.peek()).map(Entry::dueAt);
  }
}
