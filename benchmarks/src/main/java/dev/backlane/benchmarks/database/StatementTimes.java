package dev.backlane.benchmarks.database;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The times of statements, planning included. Statements that differ only in the partition count
/// as one. Immutable.
public record StatementTimes(Map<String, Time> byText) {
  private static final Pattern PARTITION =
      Pattern.compile("\\b(call|outcome|chunk|delivery_ended|idempotency_key)_\\d{8}_\\d{6}\\b");
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final int TEXT_MAX = 70;

  /// The purposes of the store's statements, by a part of the text that identifies each.
  private static final Map<String, String> NAMES = names();

  public StatementTimes {
    byText = Map.copyOf(byText);
  }

  /// The number of calls and their total time.
  ///
  /// @param blocks the blocks of tables and indexes that the calls read
  public record Time(long calls, double millis, long blocks) {
    public Time plus(Time more) {
      return new Time(calls + more.calls, millis + more.millis, blocks + more.blocks);
    }

    public double meanBlocks() {
      return (double) blocks / calls;
    }

    public double meanMicros() {
      return millis * 1e3 / calls;
    }
  }

  /// A row of `pg_stat_statements`.
  public record Row(String query, Time time) {}

  public static StatementTimes of(List<Row> rows) {
    var byText = new LinkedHashMap<String, Time>();
    for (var row : rows) {
      var text =
          SPACE.matcher(PARTITION.matcher(row.query).replaceAll("$1_*")).replaceAll(" ").strip();
      byText.merge(text, row.time, Time::plus);
    }
    return new StatementTimes(byText);
  }

  /// The time of a statement; empty if it has fewer than `callsMin` calls.
  public Optional<Time> time(String text, int callsMin) {
    return Optional.ofNullable(byText.get(text)).filter(time -> time.calls >= callsMin);
  }

  /// The statements with at least `callsMin` calls, in descending order of total time.
  public List<Map.Entry<String, Time>> mostExpensiveFirst(int callsMin) {
    return byText.entrySet().stream()
        .filter(each -> each.getValue().calls >= callsMin)
        .sorted(Comparator.comparingDouble(each -> -each.getValue().millis))
        .toList();
  }

  public double totalMillis() {
    return byText.values().stream().mapToDouble(Time::millis).sum();
  }

  /// The purpose of a statement, or its beginning.
  public static String name(String text) {
    for (var each : NAMES.entrySet()) {
      if (text.contains(each.getKey())) {
        return each.getValue();
      }
    }
    return "`"
        + (text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…").replace("|", "\\|")
        + "`";
  }

  private static Map<String, String> names() {
    var names = new LinkedHashMap<String, String>();
    names.put("INSERT INTO active_operation", "accept: call and active operation");
    names.put("INSERT INTO idempotency_key", "accept: store a key");
    names.put("UNION ALL SELECT digest", "accept: look for a key");
    names.put("SELECT digest, first", "accept: look for a key");
    names.put("UPDATE active_operation t SET version", "claim operations");
    names.put("SELECT id, record, octet_length", "claim: read the calls with their bodies");
    names.put("WITH RECURSIVE head", "read the heads of the queues");
    names.put("INSERT INTO outcome", "end operations, with their deliveries");
    names.put("INSERT INTO delivery_ended", "end deliveries");
    names.put("UPDATE delivery_due d SET in_flight_until", "claim deliveries");
    names.put("UPDATE delivery_due SET in_flight_until", "release deliveries in flight too long");
    names.put("SELECT body, spool", "read a body");
    names.put("mine JOIN", "list");
    names.put("LEFT JOIN active_operation", "find");
    return names;
  }
}
