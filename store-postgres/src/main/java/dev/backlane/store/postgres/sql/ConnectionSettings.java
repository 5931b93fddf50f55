package dev.backlane.store.postgres.sql;

import java.util.Optional;

/// How to connect to the database.
///
/// @param url the JDBC URL
/// @param user if empty, the user of the URL or else the default of the driver
/// @param password if empty, the password of the URL or else the default of the driver
/// @param connectionsMax the size of the connection pool
/// @param ownSessions false if a connection pooler may pass a session on to another client after
///     each transaction
public record ConnectionSettings(
    String url,
    Optional<String> user,
    Optional<String> password,
    int connectionsMax,
    boolean ownSessions) {
  /// Omits the password.
  @Override
  public String toString() {
    return "ConnectionSettings[" + url + ", user " + user.orElse("by default") + "]";
  }
}
