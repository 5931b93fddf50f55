package dev.backlane.store.postgres;

import dev.backlane.store.postgres.sql.ConnectionSettings;
import java.time.Duration;
import java.util.Optional;

/// How a PostgreSQL store is reached and used.
///
/// @param url of JDBC: `jdbc:postgresql://host[:port][,host…]/database[?…]`; the tables are in the
///     first schema of its search path
/// @param user empty: the one in the URL, or the driver's default
/// @param password empty: the driver's default
/// @param connectionsMax connections of this process at a time, at least 3, in addition to one for
///     `LISTEN`
/// @param hints whether nodes wake each other by `LISTEN` and `NOTIFY` on a separate connection;
///     false for a pooler in transaction mode. Without it nodes poll more often.
/// @param retention how long ended operations are kept, about; the width of a partition is a share
///     of it
public record PostgresSettings(
    String url,
    Optional<String> user,
    Optional<String> password,
    int connectionsMax,
    boolean hints,
    Duration retention) {
  ConnectionSettings connections() {
    return new ConnectionSettings(url, user, password, connectionsMax);
  }

  /// Omits the password.
  @Override
  public String toString() {
    return "PostgresSettings[" + url + ", user " + user.orElse("by default") + "]";
  }
}
