package dev.backlane.store.postgres.queue;

import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The cached heads of a queue: for each key, the time at which its first row is due. The cache is
/// filled by the last read of the database, and by the rows that this node has added since. Other
/// nodes may have claimed or added rows in the meantime, so the cache only decides which keys are
/// tried; the database decides which rows are claimed. Thread-safe.
final class QueueHeads {
  /// The maximum number of keys that one refresh reads; the next refresh continues after them.
  static final int KEYS_MAX = 256;

  private final QueueTable queue;

  /// The time at which the first row of each key is due, in microseconds since 1970.
  private Map<QueueKey, Long> seen = new HashMap<>();

  private Map<QueueKey, Long> added = new HashMap<>();

  /// The last key of a refresh that did not reach the last key of the queue; otherwise the first
  /// key.
  private QueueKey lastRead = QueueKey.FIRST;

  /// The owner that was served last; the rotation continues after it.
  private String served = "";

  QueueHeads(QueueTable queue) {
    this.queue = queue;
  }

  /// Records that a row was added and committed.
  synchronized void added(QueueKey key, long dueMicros) {
    added.merge(key, dueMicros, Math::min);
  }

  /// Reads the heads of the queue from the database.
  void refresh(Connection connection) throws SQLException {
    QueueKey from;
    synchronized (this) {
      // This refresh includes rows that were added before, and may miss rows added from here on.
      from = lastRead;
      added = new HashMap<>();
    }
    var found = new HashMap<QueueKey, Long>();
    var last = heads(connection, from, found);
    if (last.isEmpty() && !from.equals(QueueKey.FIRST)) {
      heads(connection, QueueKey.FIRST, found);
    }
    synchronized (this) {
      seen = found;
      lastRead = last.orElse(QueueKey.FIRST);
    }
  }

  /// @return the last key found, if there may be more
  private Optional<QueueKey> heads(Connection connection, QueueKey after, Map<QueueKey, Long> found)
      throws SQLException {
    try (var query = connection.prepareStatement(queue.heads(!after.equals(QueueKey.FIRST)))) {
      new Parameters(query).text(after.owner()).text(after.lane()).count(KEYS_MAX);
      int count = 0;
      var last = after;
      try (ResultSet row = query.executeQuery()) {
        for (; row.next(); count++) {
          last = new QueueKey(row.getString(1), row.getString(2));
          found.put(last, row.getLong(3));
        }
      }
      return count == KEYS_MAX ? Optional.of(last) : Optional.empty();
    }
  }

  private Map<QueueKey, Long> all() {
    var all = new HashMap<>(seen);
    added.forEach((key, due) -> all.merge(key, due, Math::min));
    return all;
  }

  /// The time at which the next known row with a free permit becomes due.
  synchronized Optional<Instant> nextDue(Permits permits) {
    return all().entrySet().stream()
        .filter(head -> permits.hasPermit(head.getKey()))
        .map(Map.Entry::getValue)
        .min(Long::compare)
        .map(Parameters::instant);
  }

  /// The keys of known rows that are due, at most `max`.
  synchronized Set<QueueKey> dueKeys(int max, long nowMicros) {
    return all().entrySet().stream()
        .filter(head -> head.getValue() <= nowMicros)
        .limit(max)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /// Whether any known row is due.
  synchronized boolean anyDue(long nowMicros) {
    return seen.values().stream().anyMatch(due -> due <= nowMicros)
        || added.values().stream().anyMatch(due -> due <= nowMicros);
  }

  /// Plans how many rows to claim of which keys: owners in rotation, starting after the owner that
  /// was served last, and the lanes of each owner in rotation, in order of due time. A permit is
  /// acquired for each row.
  synchronized Map<QueueKey, Integer> plan(int max, Permits permits, long nowMicros) {
    var owners = due(nowMicros);
    var plan = new HashMap<QueueKey, Integer>();
    int acquired = 0;
    // An owner without a free permit drops out.
    while (acquired < max && !owners.isEmpty()) {
      var remaining = new ArrayList<List<QueueKey>>(owners.size());
      for (var lanes : owners) {
        if (acquired == max) {
          break;
        }
        var lane = acquire(lanes, permits);
        if (lane.isPresent()) {
          plan.merge(lane.get(), 1, Integer::sum);
          served = lane.get().owner();
          acquired++;
          remaining.add(lanes);
        }
      }
      owners = remaining;
    }
    return plan;
  }

  private static Optional<QueueKey> acquire(List<QueueKey> lanes, Permits permits) {
    for (int i = 0; i < lanes.size(); i++) {
      var lane = lanes.get(i);
      if (permits.tryAcquire(lane)) {
        lanes.remove(i);
        lanes.add(lane);
        return Optional.of(lane);
      }
    }
    return Optional.empty();
  }

  /// The keys with due rows, grouped by owner, in the order of the rotation.
  private List<List<QueueKey>> due(long nowMicros) {
    var byOwner = new TreeMap<String, List<QueueKey>>();
    all().entrySet().stream()
        .filter(head -> head.getValue() <= nowMicros)
        .sorted(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .forEach(key -> byOwner.computeIfAbsent(key.owner(), _ -> new ArrayList<>()).add(key));
    var rotation = new ArrayList<>(byOwner.tailMap(served, false).values());
    rotation.addAll(byOwner.headMap(served, true).values());
    return rotation;
  }
}
