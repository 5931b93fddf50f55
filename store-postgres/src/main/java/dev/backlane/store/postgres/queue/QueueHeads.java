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

/// Which groups of a queue have something waiting, and since when, as this node knows it: from its last look at the database
/// and from what it has put there since. Others may have taken it meanwhile, or put in more: the database tells the truth, and
/// this tells where to look. Thread-safe.
final class QueueHeads {
  /// Groups that one look finds at most; the next look goes on behind them.
  static final int GROUPS_MAX = 256;

  private final QueueTable queue;

  /// The due time of each group's head, in microseconds.
  private Map<QueueKey, Long> seen = new HashMap<>();

  private Map<QueueKey, Long> added = new HashMap<>();

  /// The last group that a look found when there were more; the first one where all were found.
  private QueueKey lookedUpTo = QueueKey.FIRST;

  /// The owner that was served last.
  private String served = "";

  QueueHeads(QueueTable queue) {
    this.queue = queue;
  }

  /// Told of something that waits from now on, once it is committed.
  synchronized void added(QueueKey group, long dueMicros) {
    added.merge(group, dueMicros, Math::min);
  }

  /// Learns what waits.
  void look(Connection connection) throws SQLException {
    QueueKey from;
    synchronized (this) {
      // What is added from here on may not be seen by this look. What was added before is.
      from = lookedUpTo;
      added = new HashMap<>();
    }
    var found = new HashMap<QueueKey, Long>();
    var last = heads(connection, from, found);
    if (last.isEmpty() && !from.equals(QueueKey.FIRST)) {
      heads(connection, QueueKey.FIRST, found);
    }
    synchronized (this) {
      seen = found;
      lookedUpTo = last.orElse(QueueKey.FIRST);
    }
  }

  /// @return the last one found if there may be more
  private Optional<QueueKey> heads(Connection connection, QueueKey after, Map<QueueKey, Long> found)
      throws SQLException {
    try (var ask = connection.prepareStatement(queue.heads(!after.equals(QueueKey.FIRST)))) {
      new Parameters(ask).text(after.owner()).text(after.lane()).count(GROUPS_MAX);
      int count = 0;
      var last = after;
      try (ResultSet row = ask.executeQuery()) {
        for (; row.next(); count++) {
          last = new QueueKey(row.getString(1), row.getString(2));
          found.put(last, row.getLong(3));
        }
      }
      return count == GROUPS_MAX ? Optional.of(last) : Optional.empty();
    }
  }

  private Map<QueueKey, Long> all() {
    var all = new HashMap<>(seen);
    added.forEach((group, due) -> all.merge(group, due, Math::min));
    return all;
  }

  /// When the next that has room becomes due, of what is known.
  synchronized Optional<Instant> nextDue(Permits permits) {
    return all().entrySet().stream()
        .filter(head -> permits.hasPermit(head.getKey()))
        .map(Map.Entry::getValue)
        .min(Long::compare)
        .map(Parameters::instant);
  }

  /// Whether anything is due.
  synchronized boolean anyDue(long nowMicros) {
    return seen.values().stream().anyMatch(due -> due <= nowMicros)
        || added.values().stream().anyMatch(due -> due <= nowMicros);
  }

  /// How many rows to take of which groups: owners in turns, beginning behind the one that was served last, each one's lanes
  /// by turns too, the longest due first. The permits holds a place for each.
  synchronized Map<QueueKey, Integer> plan(int max, Permits permits, long nowMicros) {
    var owners = due(nowMicros);
    var plan = new HashMap<QueueKey, Integer>();
    int taken = 0;
    // An owner without room goes out.
    while (taken < max && !owners.isEmpty()) {
      var still = new ArrayList<List<QueueKey>>(owners.size());
      for (var lanes : owners) {
        if (taken == max) {
          break;
        }
        var lane = place(lanes, permits);
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

  private static Optional<QueueKey> place(List<QueueKey> lanes, Permits permits) {
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

  /// The groups with something due, by owner, in the order of their turns.
  private List<List<QueueKey>> due(long nowMicros) {
    var byOwner = new TreeMap<String, List<QueueKey>>();
    all().entrySet().stream()
        .filter(head -> head.getValue() <= nowMicros)
        .sorted(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .forEach(
            group -> byOwner.computeIfAbsent(group.owner(), _ -> new ArrayList<>()).add(group));
    var turns = new ArrayList<>(byOwner.tailMap(served, false).values());
    turns.addAll(byOwner.headMap(served, true).values());
    return turns;
  }
}
