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

/// The gateway's own records in the shared store. Thread-safe.
final class PostgresRecordStore implements RecordStore {
  /// Changes of several records lock them in one order, so that no two wait for each other.
  private static final Comparator<Entry> ORDER =
      Comparator.comparing(Entry::kind).thenComparing(Entry::name);

  /// One record is not at the version that a change begins at: nothing is written.
  private static final class StaleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StaleException() {
      super("another change came first", null, false, false);
    }
  }

  private final Database database;

  PostgresRecordStore(Database database) {
    this.database = database;
  }

  @Override
  public Optional<Entry> find(String kind, String name) {
    return database.read(connection -> {
      try (var ask =
          connection.prepareStatement(
              "SELECT name, version, value FROM record WHERE kind = ? AND name = ?")) {
        new Parameters(ask).text(kind).text(name);
        try (var row = ask.executeQuery()) {
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
      try (var ask =
          connection.prepareStatement(
              "SELECT name, version, value FROM record WHERE kind = ? ORDER BY name")) {
        new Parameters(ask).text(kind);
        var all = new ArrayList<Entry>();
        try (var row = ask.executeQuery()) {
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
