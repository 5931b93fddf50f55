package dev.backlane.benchmarks.history;

import dev.backlane.benchmarks.database.StoredDatabase;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.store.testkit.SettableClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/// Creates millions of ended operations, each with a key and a delivery. The store writes one
/// operation for each caller in each hour; the database copies these rows with distinct ids and
/// keys. Not thread-safe.
final class History {
  private static final Duration HOUR = Duration.ofHours(1);

  /// The number of hours that are filled concurrently.
  private static final int PARALLEL = 2;

  private final StoredDatabase database;

  History(StoredDatabase database) {
    this.database = database;
  }

  /// One hour of ended operations.
  ///
  /// @param until the end of the hour, or the current time
  /// @param suffix of the names of its partitions
  /// @param count rows in addition to the patterns
  record Hour(Instant from, Instant until, String suffix, long count) {
    /// The id of number `i`: version 7, with a time that increases with `i` and random other bits.
    private String id() {
      return """
      (lpad(to_hex(%d + i * %d / %d), 12, '0') || '7' || lpad(to_hex(i & 4095), 3, '0')
        || '8' || substr(md5(i::text || '-%s'), 1, 15))::uuid\
      """
          .formatted(from.toEpochMilli(), Duration.between(from, until).toMillis(), count, suffix);
    }

    /// Selects the rows of the hour that the store has written.
    private String patterns() {
      return """
      CREATE TEMPORARY TABLE pattern AS
        SELECT row_number() OVER (ORDER BY c.id) - 1 AS number, c.*, o.progress, o.body AS response,
          d.version AS delivery_version, d.record AS delivery, k.fingerprint
        FROM call_%1$s c JOIN outcome_%1$s o USING (id) JOIN delivery_ended_%1$s d USING (id)
          JOIN (SELECT DISTINCT first, fingerprint FROM idempotency_key) k ON k.first = c.id\
      """
          .formatted(suffix);
    }

    /// Generates the rows, numbered as `i`, in the order of their ids.
    private String rows() {
      return "FROM generate_series(0::bigint, %d - 1) AS i JOIN pattern p ON p.number = i %% %d"
          .formatted(count, Pattern.CALLERS.size());
    }

    /// The key of number `i`.
    String key(long i) {
      return "key-" + suffix + "-" + i;
    }
  }

  /// Fills hours with equal shares, and leaves the database vacuumed and checkpointed.
  ///
  /// @param hours the starts of hours whose partitions do not exist yet
  /// @param now within or after the last one
  /// @return the filled hours
  List<Hour> fill(long operations, List<Instant> hours, Instant now) throws SQLException {
    var filled = new ArrayList<Hour>();
    begin(hours);
    try (var connection = database.server().connect(database.name())) {
      for (var hour : hours) {
        var end = hour.plus(HOUR);
        filled.add(
            new Hour(
                hour,
                end.isAfter(now) ? now : end,
                suffix(connection, hour),
                operations / hours.size()));
      }
    }
    multiply(filled);
    return filled;
  }

  /// Lets the store create the partitions of these hours with a few operations each.
  void begin(List<Instant> hours) {
    var clock = new SettableClock(hours.getFirst());
    try (var store = database.open(clock)) {
      var pattern = new Pattern(store, 1);
      for (var hour : hours) {
        // Around midnight a key would be written to both days.
        clock.set(hour.plus(HOUR.dividedBy(2)));
        for (var caller : Pattern.CALLERS) {
          pattern.complete(caller, "pattern-" + hour);
        }
      }
    }
  }

  private static String suffix(Connection connection, Instant hour) throws SQLException {
    try (var query =
        connection.prepareStatement(
            """
            SELECT o.suffix FROM partition_range o JOIN partition_range d USING (from_millis, to_millis, suffix)
              WHERE o.table_group = 'operation' AND d.table_group = 'delivery' AND from_millis = ? AND to_millis = ?\
            """)) {
      query.setLong(1, hour.toEpochMilli());
      query.setLong(2, hour.plus(HOUR).toEpochMilli());
      try (var row = query.executeQuery()) {
        if (!row.next()) {
          throw new IllegalStateException(
              "the store has created no partition for exactly the hour " + hour);
        }
        return row.getString(1);
      }
    }
  }

  private void multiply(List<Hour> hours) {
    var fillings = hours.stream().<Callable<Boolean>>map(hour -> () -> multiply(hour)).toList();
    try (var threads = Executors.newFixedThreadPool(PARALLEL)) {
      for (var filling : threads.invokeAll(fillings)) {
        filling.get();
      }
    } catch (ExecutionException failed) {
      throw new IllegalStateException("the history cannot be filled", failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the history is filled", interrupted);
    }
  }

  private boolean multiply(Hour hour) throws SQLException {
    try (var connection = database.server().connect(database.name());
        var write = connection.createStatement()) {
      // A later checkpoint makes the rows durable.
      write.execute("SET synchronous_commit = off");
      write.execute("SET work_mem = '256MB'");
      write.execute(hour.patterns());
      for (var statement : statements(hour)) {
        write.execute(statement);
      }
    }
    return true;
  }

  private static List<String> statements(Hour hour) {
    var from = hour.rows();
    var id = hour.id();
    return List.of(
        """
        INSERT INTO call_%s (id, tenant_digest, client_digest, subject_digest, record, body)
          SELECT %s, tenant_digest, client_digest, subject_digest, record, body %s\
        """
            .formatted(hour.suffix, id, from),
        "INSERT INTO outcome_%s (id, progress, unsuccessful, body) SELECT %s, progress, 0, response %s"
            .formatted(hour.suffix, id, from),
        """
        INSERT INTO delivery_ended_%s (id, version, record)
          SELECT %s, delivery_version, delivery %s\
        """
            .formatted(hour.suffix, id, from),
        """
        INSERT INTO idempotency_key (day, digest, first, fingerprint)
          SELECT %d, %s, %s, fingerprint %s ORDER BY 2\
        """
            .formatted(
                hour.from.toEpochMilli() / Duration.ofDays(1).toMillis(), digest(hour), id, from));
  }

  /// The digest of a caller's key: SHA-256 over texts, each prefixed with its length.
  private static String digest(Hour hour) {
    var texts =
        List.of(
            "'idempotency'",
            "'company-' || number % 4",
            "'client-' || number",
            "'key-%s-' || i".formatted(hour.suffix));
    var bytes = new ArrayList<String>();
    for (var text : texts) {
      bytes.add("int4send(octet_length(%1$s)) || convert_to(%1$s, 'UTF8')".formatted(text));
    }
    return "sha256(" + String.join(" || ", bytes) + ")";
  }

  /// The ids of the given numbers of an hour.
  List<OperationId> ids(Hour hour, List<Long> numbers) throws SQLException {
    try (var connection = database.server().connect(database.name());
        var query =
            connection.prepareStatement(
                "SELECT "
                    + hour.id()
                    + " FROM unnest(?::bigint[]) WITH ORDINALITY AS n (i, ordinal) ORDER BY"
                    + " ordinal")) {
      query.setArray(1, connection.createArrayOf("bigint", numbers.toArray()));
      var ids = new ArrayList<OperationId>();
      try (var row = query.executeQuery()) {
        while (row.next()) {
          var id = row.getObject(1, UUID.class);
          ids.add(new OperationId(id.getMostSignificantBits(), id.getLeastSignificantBits()));
        }
      }
      return ids;
    }
  }
}
