package dev.backlane.store.postgres;

import dev.backlane.store.postgres.sql.ConnectionSettings;
import java.time.Duration;
import java.util.Optional;

/// The settings of a PostgreSQL store.
///
/// @param url the JDBC URL, `jdbc:postgresql://host[:port][,host…]/database[?…]`; the tables are in
///     the first schema of its search path
/// @param user if empty, the user of the URL or else the default of the driver
/// @param password if empty, the password of the URL or else the default of the driver
/// @param connectionsMax the size of the connection pool, at least 3; one more connection is opened
///     for `LISTEN`
/// @param hints whether nodes notify each other of new work by `LISTEN` and `NOTIFY`, and keep
///     statements prepared; must be false behind a connection pooler in transaction mode. Without
///     notifications, nodes poll more often.
/// @param retention the approximate retention of ended operations, from which the width of
///     partitions is derived
public record PostgresSettings(
    String url,
    Optional<String> user,
    Optional<String> password,
    int connectionsMax,
    boolean hints,
    Duration retention) {
  ConnectionSettings connections() {
    return new ConnectionSettings(url, user, password, connectionsMax, hints);
  }

  /// Omits the password.
  @Override
  public String toString() {
    return "PostgresSettings[" + url + ", user " + user.orElse("by default") + "]";
  }
}
