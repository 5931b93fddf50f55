package dev.backlane.store.postgres;

import java.time.Duration;
import java.util.Optional;

/// How a PostgreSQL store is reached.
///
/// @param url of JDBC: `jdbc:postgresql://host[:port][,host…]/database[?…]`; the tables lie in the first schema of its search path
/// @param user empty: as the URL or the driver's defaults say
/// @param password empty: none, or as the driver's defaults say
/// @param connectionsMax connections of this process at a time, at least 3, besides one for hints
/// @param hints whether nodes wake each other by `LISTEN` and `NOTIFY` on a connection of its own; not through a pooler that
///     hands a connection to another after each transaction. Without it they look more often.
/// @param retention how long what has ended is kept, about: partitions are a share of it wide
public record PostgresSettings(
    String url,
    Optional<String> user,
    Optional<String> password,
    int connectionsMax,
    boolean hints,
    Duration retention) {
  /// Does not tell the password.
  @Override
  public String toString() {
    return "PostgresSettings[" + url + ", user " + user.orElse("by default") + "]";
  }
}
