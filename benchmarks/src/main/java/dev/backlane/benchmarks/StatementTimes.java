package dev.backlane.benchmarks;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// What statements took, planning included, with those counted as one that only name different partitions. Immutable.
///
record StatementTimes(Map<String, Time> byText) {
  private static final Pattern PARTITION =
      Pattern.compile("\\b(call|outcome|chunk|delivery_ended|idempotency_key)_\\d{8}_\\d{6}\\b");
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final int TEXT_MAX = 70;

  /// What the store's statements are for, by words that none of the others has.
  private static final Map<String, String> NAMES = names();

  StatementTimes {
    byText = Map.copyOf(byText);
  }

  /// Calls, and what they took together.
  ///
  /// @param blocks of tables and indexes that they looked into
  record Time(long calls, double millis, long blocks) {
    Time plus(Time more) {
      return new Time(calls + more.calls, millis + more.millis, blocks + more.blocks);
    }

    double meanBlocks() {
      return (double) blocks / calls;
    }

    double meanMicros() {
      return millis * 1e3 / calls;
    }
  }

  /// A row of `pg_stat_statements`.
  record Row(String query, Time time) {}

  static StatementTimes of(List<Row> rows) {
    var byText = new LinkedHashMap<String, Time>();
    for (var row : rows) {
      var text =
          SPACE.matcher(PARTITION.matcher(row.query).replaceAll("$1_*")).replaceAll(" ").strip();
      byText.merge(text, row.time, Time::plus);
    }
    return new StatementTimes(byText);
  }

  /// What a statement took; empty if it was called less often.
  Optional<Time> time(String text, int callsMin) {
    return Optional.ofNullable(byText.get(text)).filter(time -> time.calls >= callsMin);
  }

  /// Those that were called so often at least, the one first that took most.
  List<Map.Entry<String, Time>> dearestFirst(int callsMin) {
    return byText.entrySet().stream()
        .filter(each -> each.getValue().calls >= callsMin)
        .sorted(Comparator.comparingDouble(each -> -each.getValue().millis))
        .toList();
  }

  double totalMillis() {
    return byText.values().stream().mapToDouble(Time::millis).sum();
  }

  /// What a statement is for, or how it begins.
  static String name(String text) {
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
    names.put("INSERT INTO idempotency_key", "accept: use a key");
    names.put("UNION ALL SELECT digest", "accept: look for a key");
    names.put("SELECT digest, first", "accept: look for a key");
    names.put("UPDATE active_operation t SET version", "claim operations");
    names.put("SELECT id, record FROM call", "claim: read the calls");
    names.put("WITH RECURSIVE head", "look what waits");
    names.put("INSERT INTO outcome", "end operations, with their deliveries");
    names.put("INSERT INTO delivery_ended", "end deliveries");
    names.put("UPDATE delivery_due d SET in_flight_until", "claim deliveries");
    names.put("UPDATE delivery_due SET in_flight_until", "let go of deliveries held too long");
    names.put("SELECT body, spool", "read a body");
    names.put("mine JOIN", "list");
    names.put("LEFT JOIN active_operation", "find");
    return names;
  }
}
