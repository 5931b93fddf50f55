package dev.backlane.store.postgres.sql;

import java.util.Optional;

/// How to connect to the database.
///
/// @param url of JDBC
/// @param user empty: the one in the URL, or the driver's default
/// @param password empty: the driver's default
/// @param connectionsMax size of the connection pool
public record ConnectionSettings(
    String url, Optional<String> user, Optional<String> password, int connectionsMax) {
  /// Omits the password.
  @Override
  public String toString() {
    return "ConnectionSettings[" + url + ", user " + user.orElse("by default") + "]";
  }
}
