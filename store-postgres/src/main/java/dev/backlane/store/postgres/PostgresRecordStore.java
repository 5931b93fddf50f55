package dev.backlane.store.postgres;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The records of the gateway in the shared store. Thread-safe.
final class PostgresRecordStore implements RecordStore {
  /// The order in which the records of a change are locked, so that two changes cannot deadlock.
  private static final Comparator<Entry> ORDER =
      Comparator.comparing(Entry::kind).thenComparing(Entry::name);

  /// Thrown if a record does not have the version that a change expects. Nothing is written.
  private static final class StaleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StaleException() {
      super("a record was changed concurrently", null, false, false);
    }
  }

  private final Database database;

  PostgresRecordStore(Database database) {
    this.database = database;
  }

  @Override
  public Optional<Entry> find(String kind, String name) {
    return database.read(connection -> {
      try (var query =
          connection.prepareStatement(
              "SELECT name, version, value FROM record WHERE kind = ? AND name = ?")) {
        new Parameters(query).text(kind).text(name);
        try (var row = query.executeQuery()) {
          return row.next()
              ? Optional.of(new Entry(kind, row.getString(1), row.getLong(2), row.getBytes(3)))
              : Optional.empty();
        }
      }
    });
  }

  @Override
  public List<Entry> list(String kind) {
    return database.read(connection -> {
      try (var query =
          connection.prepareStatement(
              "SELECT name, version, value FROM record WHERE kind = ? ORDER BY name")) {
        new Parameters(query).text(kind);
        var all = new ArrayList<Entry>();
        try (var row = query.executeQuery()) {
          while (row.next()) {
            all.add(new Entry(kind, row.getString(1), row.getLong(2), row.getBytes(3)));
          }
        }
        return all;
      }
    });
  }

  @Override
  public boolean put(List<Entry> next) {
    try {
      return database.inTransaction(connection -> {
        for (var entry : next.stream().sorted(ORDER).toList()) {
          put(connection, entry);
        }
        return true;
      });
    } catch (StaleException stale) {
      return false;
    }
  }

  private static void put(Connection connection, Entry entry) throws SQLException {
    boolean first = entry.version() == 0;
    try (var write =
        connection.prepareStatement(
            first
                ? "INSERT INTO record (version, value, kind, name) VALUES (?, ?, ?, ?) ON CONFLICT (kind, name) DO NOTHING"
                : "UPDATE record SET version = ?, value = ? WHERE kind = ? AND name = ? AND version = ?")) {
      var parameters =
          new Parameters(write)
              .number(entry.version())
              .bytes(entry.value())
              .text(entry.kind())
              .text(entry.name());
      if (!first) {
        parameters.number(entry.version() - 1);
      }
      if (write.executeUpdate() != 1) {
        throw new StaleException();
      }
    }
  }

  @Override
  public boolean remove(Entry stored) {
    return database.use(connection -> {
      try (var write =
          connection.prepareStatement(
              "DELETE FROM record WHERE kind = ? AND name = ? AND version = ?")) {
        new Parameters(write).text(stored.kind()).text(stored.name()).number(stored.version());
        return write.executeUpdate() == 1;
      }
    });
  }
}
