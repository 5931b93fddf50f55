package dev.backlane.store.postgres.origin;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreOrigin;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Whether a database is the one in which the operations were stored. The table `store_origin`
/// records which one that is; the database compares it with itself:
///
/// - The **system identifier** of the server differs in a dump that was restored elsewhere.
/// - The **timeline** of its write-ahead log differs in a standby that was promoted, and in a
///   backup that was restored with archive recovery.
/// - The **number of the database** (oid) differs in a dump that was restored in the same server,
///   and in a database that was created from it as a template.
///
/// Each claim compares them too ([#ADOPTED]), so that no node executes anything between a failover
/// and the moment at which it is noticed. Thread-safe.
public final class PostgresOrigin implements StoreOrigin {
  /// The condition that the database is the recorded one, or that no other was recorded.
  public static final String ADOPTED =
      "NOT EXISTS (SELECT 1 FROM store_origin WHERE identity <> backlane_identity())";

  private final Database database;
  private volatile String original = "";

  public PostgresOrigin(Database database) {
    this.database = database;
  }

  /// Records the database as the original if none is recorded: the store is new.
  public void recordFirst() {
    database.use(connection -> {
      try (var write =
          connection.prepareStatement(
              "INSERT INTO store_origin (identity) SELECT backlane_identity() ON CONFLICT DO NOTHING")) {
        return write.executeUpdate();
      }
    });
  }

  @Override
  public Optional<String> copied() {
    return database.read(this::copied);
  }

  private Optional<String> copied(Connection connection) throws SQLException {
    try (var query =
            connection.prepareStatement("SELECT identity, backlane_identity() FROM store_origin");
        var row = query.executeQuery()) {
      if (!row.next()) {
        return Optional.empty();
      }
      var recorded = row.getString(1);
      original = recorded;
      return recorded.equals(row.getString(2))
          ? Optional.empty()
          : Optional.of(
              "its data was stored by the database "
                  + recorded
                  + ", and is now in "
                  + row.getString(2)
                  + " (system identifier, timeline, database)");
    }
  }

  @Override
  public String original() {
    return original;
  }

  @Override
  public void adopt() {
    database.use(connection -> {
      try (var write =
          connection.prepareStatement("UPDATE store_origin SET identity = backlane_identity()")) {
        return write.executeUpdate();
      }
    });
  }

  @Override
  public List<OperationId> waiting(boolean held, OperationId after, int max) {
    return database.read(connection -> {
      try (var query =
          connection.prepareStatement(
              "SELECT id FROM active_operation WHERE holder IS NULL AND due_micros "
                  + (held ? "=" : "<")
                  + " ? AND id > ? ORDER BY id LIMIT ?")) {
        new Parameters(query).number(Parameters.NEVER_MICROS).id(after).count(max);
        var waiting = new ArrayList<OperationId>();
        try (var row = query.executeQuery()) {
          while (row.next()) {
            waiting.add(Parameters.id(row.getObject(1, UUID.class)));
          }
        }
        return waiting;
      }
    });
  }
}
