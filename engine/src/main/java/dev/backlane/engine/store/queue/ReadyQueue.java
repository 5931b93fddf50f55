package dev.backlane.engine.store.queue;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The queue entries of a store that a single process uses, held in memory and rebuilt when the
/// store opens.
///
/// Owners are served in rotation: one entry of each before a second one of any, regardless of how
/// many are waiting. Within an owner, the entry that has been due longest comes first. Only ids are
/// held: a million entries take about 100 MB. Thread-safe.
public final class ReadyQueue {
  private static final Comparator<QueueEntry> LONGEST_DUE_FIRST =
      Comparator.comparing(QueueEntry::dueAt).thenComparing(QueueEntry::id);

  /// Entries that are not due yet.
  private final PriorityQueue<QueueEntry> scheduled = new PriorityQueue<>(LONGEST_DUE_FIRST);

  /// Entries that were there at the start, in the order in which they become due.
  private final Deque<QueueEntry> initial = new ArrayDeque<>();

  /// Entries that are due, by owner; no value is empty.
  private final Map<String, OwnerQueue> due = new HashMap<>();

  /// The values of [#due], in the order in which they are served.
  private final Deque<OwnerQueue> rotation = new ArrayDeque<>();

  /// Read without the lock: every accepted call reads it.
  private final AtomicInteger size = new AtomicInteger();

  /// The number of entries of each owner; none is 0.
  private final Map<String, Integer> sizes = new ConcurrentHashMap<>();

  /// A queue without entries.
  public ReadyQueue() {}

  /// A queue with entries. A million that are almost in the order in which they become due take a
  /// fraction of the time of as many calls of [#add].
  public ReadyQueue(Collection<QueueEntry> entries) {
    entries.stream().sorted(LONGEST_DUE_FIRST).forEach(initial::add);
    entries.forEach(this::count);
  }

  /// Adds an entry, which is returned by [#take] once it is due.
  public synchronized void add(QueueEntry entry) {
    scheduled.add(entry);
    count(entry);
  }

  private void count(QueueEntry entry) {
    size.incrementAndGet();
    sizes.merge(entry.key().owner(), 1, Integer::sum);
  }

  /// Removes and returns up to `max` entries that are due at `now`.
  ///
  /// @param permits one is acquired for each entry that is returned
  public synchronized List<QueueEntry> take(int max, Permits permits, Instant now) {
    moveDue(now);
    var taken = new ArrayList<QueueEntry>();
    // An owner without a free permit moves to the end of the rotation. Once all owners have moved
    // in a row, no entry has a free permit.
    for (int passed = 0; passed < rotation.size() && taken.size() < max; ) {
      var owner = rotation.remove();
      var entry = owner.take(permits, now);
      if (entry.isPresent()) {
        taken.add(entry.get());
        size.decrementAndGet();
        sizes.computeIfPresent(owner.name, (_, count) -> count == 1 ? null : count - 1);
        passed = 0;
      } else {
        passed++;
      }
      if (owner.isEmpty()) {
        due.remove(owner.name);
      } else {
        rotation.add(owner);
      }
    }
    return taken;
  }

  private void moveDue(Instant now) {
    for (var from = next();
        !from.isEmpty() && !from.element().dueAt().isAfter(now);
        from = next()) {
      var head = from.remove();
      var name = head.key().owner();
      var owner = due.get(name);
      if (owner == null) {
        owner = new OwnerQueue(name);
        due.put(name, owner);
        rotation.add(owner);
      }
      owner.add(head);
    }
  }

  /// The one of [#initial] and [#scheduled] whose head becomes due next; empty if both are.
  private Queue<QueueEntry> next() {
    boolean isInitial =
        !initial.isEmpty()
            && (scheduled.isEmpty()
                || LONGEST_DUE_FIRST.compare(initial.element(), scheduled.element()) <= 0);
    return isInitial ? initial : scheduled;
  }

  /// The number of entries, due or not. A canceled operation counts until its entry is taken.
  public int size() {
    return size.get();
  }

  /// The number of entries of an owner, as [#size()].
  public int size(String owner) {
    return sizes.getOrDefault(owner, 0);
  }

  /// When the first entry that has a free permit becomes due; empty if there is none. An entry that
  /// is due and has no free permit does not count: it can be taken once a permit is released.
  public synchronized Optional<Instant> nextDue(Permits permits) {
    for (var owner : rotation) {
      var head = owner.head(permits);
      if (head.isPresent()) {
        return head.map(QueueEntry::dueAt);
      }
    }
    return Optional.ofNullable(next().peek()).map(QueueEntry::dueAt);
  }

  /// How many due entries of the same key are taken before an entry, at most `max`; empty if the
  /// entry is not due, or is not in the queue.
  public synchronized OptionalInt ahead(QueueEntry entry, int max, Instant now) {
    moveDue(now);
    var owner = due.get(entry.key().owner());
    return owner == null ? OptionalInt.empty() : owner.ahead(entry, max);
  }

  /// The keys of the entries that are due at `now`, at most `max`.
  public synchronized Set<QueueKey> dueKeys(int max, Instant now) {
    moveDue(now);
    return rotation.stream()
        .flatMap(OwnerQueue::keys)
        .limit(max)
        .collect(Collectors.toUnmodifiableSet());
  }

  /// The due entries of one owner, by lane, so that a lane without a free permit does not block the
  /// others.
  private static final class OwnerQueue {
    private final String name;
    private final Map<String, Deque<QueueEntry>> lanes = new HashMap<>();

    OwnerQueue(String name) {
      this.name = name;
    }

    void add(QueueEntry entry) {
      lanes.computeIfAbsent(entry.key().lane(), _ -> new ArrayDeque<>()).add(entry);
    }

    Stream<QueueKey> keys() {
      return lanes.keySet().stream().map(lane -> new QueueKey(name, lane));
    }

    OptionalInt ahead(QueueEntry entry, int max) {
      int ahead = 0;
      for (var other : lanes.getOrDefault(entry.key().lane(), new ArrayDeque<>())) {
        if (ahead == max || other.equals(entry)) {
          return OptionalInt.of(ahead);
        }
        ahead++;
      }
      return OptionalInt.empty();
    }

    Optional<QueueEntry> head(Permits permits) {
      return lanes.values().stream()
          .map(Deque::element)
          .filter(entry -> permits.hasPermit(entry.key()))
          .min(LONGEST_DUE_FIRST);
    }

    /// @param now may be earlier than in the call that found the entry due, since clocks can be set
    ///     back
    Optional<QueueEntry> take(Permits permits, Instant now) {
      var head =
          head(permits)
              .filter(entry -> !entry.dueAt().isAfter(now))
              .filter(entry -> permits.tryAcquire(entry.key()));
      head.ifPresent(this::remove);
      return head;
    }

    private void remove(QueueEntry entry) {
      for (Iterator<Deque<QueueEntry>> each = lanes.values().iterator(); each.hasNext(); ) {
        var lane = each.next();
        if (lane.element().equals(entry)) {
          lane.remove();
          if (lane.isEmpty()) {
            each.remove();
          }
          return;
        }
      }
    }

    boolean isEmpty() {
      return lanes.isEmpty();
    }
  }
}
