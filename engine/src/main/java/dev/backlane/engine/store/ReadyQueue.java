package dev.backlane.engine.store;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/// The operations that wait for a worker, held in memory by the stores of a single process and rebuilt at start. Tenants take
/// turns: each gets one operation started before the first gets its second, however many it has waiting. Within a tenant the
/// longest due comes first. Only ids travel through it: a million of them take about 100 MB. Thread-safe.
public final class ReadyQueue {
  private static final Comparator<QueueEntry> LONGEST_DUE_FIRST =
      Comparator.comparing(QueueEntry::dueAt).thenComparing(QueueEntry::id);

  /// What waits for its time.
  private final PriorityQueue<QueueEntry> later = new PriorityQueue<>(LONGEST_DUE_FIRST);

  /// What is due, by tenant; none of them empty.
  private final Map<String, Due> due = new HashMap<>();

  /// The tenants of [#due], the next to be served first.
  private final Deque<Due> rotation = new ArrayDeque<>();

  private int size;

  /// Lets an operation wait until it is due.
  public synchronized void add(QueueEntry turn) {
    later.add(turn);
    size++;
  }

  /// Takes up to `max` operations that are due at `now` and have a place in the quota, which then holds a place for each.
  public synchronized List<QueueEntry> take(int max, Permits quota, Instant now) {
    ripen(now);
    var taken = new ArrayList<QueueEntry>();
    // A tenant without room goes to the end once; when all have done so in a row, nobody has room.
    for (int passed = 0; passed < rotation.size() && taken.size() < max; ) {
      var tenant = rotation.remove();
      var turn = tenant.take(quota, now);
      if (turn.isPresent()) {
        taken.add(turn.get());
        size--;
        passed = 0;
      } else {
        passed++;
      }
      if (tenant.isEmpty()) {
        due.remove(tenant.name);
      } else {
        rotation.add(tenant);
      }
    }
    return taken;
  }

  private void ripen(Instant now) {
    for (var head = later.peek(); head != null && !head.dueAt().isAfter(now); head = later.peek()) {
      later.remove();
      var tenant = due.get(head.tenant());
      if (tenant == null) {
        tenant = new Due(head.tenant());
        due.put(head.tenant(), tenant);
        rotation.add(tenant);
      }
      tenant.add(head);
    }
  }

  /// How many wait, due or not. An operation that was canceled counts until its turn comes.
  public synchronized int size() {
    return size;
  }

  /// When the first that has room in the quota becomes due; empty if there is none. What is due already and has no room is
  /// not counted: its turn comes when a place is given back.
  public synchronized Optional<Instant> nextDue(Permits quota) {
    for (var tenant : rotation) {
      var head = tenant.head(quota);
      if (head.isPresent()) {
        return head.map(QueueEntry::dueAt);
      }
    }
    return Optional.ofNullable(later.peek()).map(QueueEntry::dueAt);
  }

  /// What one tenant has due, by route, so that a route without room holds no other up.
  private static final class Due {
    private final String name;
    private final Map<String, Deque<QueueEntry>> routes = new HashMap<>();

    Due(String name) {
      this.name = name;
    }

    void add(QueueEntry turn) {
      routes.computeIfAbsent(turn.route(), _ -> new ArrayDeque<>()).add(turn);
    }

    Optional<QueueEntry> head(Permits quota) {
      return routes.values().stream()
          .map(Deque::element)
          .filter(turn -> quota.hasPermit(turn.tenant(), turn.route()))
          .min(LONGEST_DUE_FIRST);
    }

    /// @param now may be earlier than what was due before it: clocks are set back
    Optional<QueueEntry> take(Permits quota, Instant now) {
      var head =
          head(quota)
              .filter(turn -> !turn.dueAt().isAfter(now))
              .filter(turn -> quota.take(turn.tenant(), turn.route()));
      head.ifPresent(this::remove);
      return head;
    }

    private void remove(QueueEntry turn) {
      for (Iterator<Deque<QueueEntry>> each = routes.values().iterator(); each.hasNext(); ) {
        var route = each.next();
        if (route.element().equals(turn)) {
          route.remove();
          if (route.isEmpty()) {
            each.remove();
          }
          return;
        }
      }
    }

    boolean isEmpty() {
      return routes.isEmpty();
    }
  }
}
