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
import java.util.TreeMap;

/// What this node knows of a queue: for each key, when its first row is due. The knowledge comes
/// from the last look at the database and from what this node has added since. Other nodes may have
/// claimed or added rows in the meantime, so it only decides where to try; the database decides
/// what is claimed. Thread-safe.
final class QueueHeads {
  /// The most keys that one look reads; the next look continues after them.
  static final int KEYS_MAX = 256;

  private final QueueTable queue;

  /// When the first row of each key is due, in microseconds.
  private Map<QueueKey, Long> seen = new HashMap<>();

  private Map<QueueKey, Long> added = new HashMap<>();

  /// The last key of a look that did not reach the end; the first key otherwise.
  private QueueKey lastRead = QueueKey.FIRST;

  /// The owner that was served last, at which the rotation continues.
  private String served = "";

  QueueHeads(QueueTable queue) {
    this.queue = queue;
  }

  /// Records that a row was added and committed.
  synchronized void added(QueueKey key, long dueMicros) {
    added.merge(key, dueMicros, Math::min);
  }

  /// Reads from the database what is waiting.
  void look(Connection connection) throws SQLException {
    QueueKey from;
    synchronized (this) {
      // This look sees what was added before, and may miss what is added from here on.
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

  /// When the next known row that has a free permit becomes due.
  synchronized Optional<Instant> nextDue(Permits permits) {
    return all().entrySet().stream()
        .filter(head -> permits.hasPermit(head.getKey()))
        .map(Map.Entry::getValue)
        .min(Long::compare)
        .map(Parameters::instant);
  }

  /// Whether any known row is due.
  synchronized boolean anyDue(long nowMicros) {
    return seen.values().stream().anyMatch(due -> due <= nowMicros)
        || added.values().stream().anyMatch(due -> due <= nowMicros);
  }

  /// Decides how many rows to claim of which keys: owners in rotation, starting after the one that
  /// was served last, and the lanes of each owner in rotation, the longest due first. A permit is
  /// acquired for each row.
  synchronized Map<QueueKey, Integer> plan(int max, Permits permits, long nowMicros) {
    var owners = due(nowMicros);
    var plan = new HashMap<QueueKey, Integer>();
    int taken = 0;
    // An owner without a free permit drops out.
    while (taken < max && !owners.isEmpty()) {
      var still = new ArrayList<List<QueueKey>>(owners.size());
      for (var lanes : owners) {
        if (taken == max) {
          break;
        }
        var lane = acquire(lanes, permits);
        if (lane.isPresent()) {
          plan.merge(lane.get(), 1, Integer::sum);
          served = lane.get().owner();
          taken++;
          still.add(lanes);
        }
      }
      owners = still;
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

  /// The keys with due rows, by owner, in the order of the rotation.
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
