package dev.backlane.store.postgres.sql;

import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Warns if a failover to a connected standby could lose accepted calls. Stateless.
final class Standbys {
  private static final Logger LOG = LoggerFactory.getLogger(Standbys.class);

  private Standbys() {}

  /// Logs a warning if standbys are connected and no commit waits for any of them. Says nothing if
  /// the user may not read the state of replication.
  static void warnIfAsynchronous(Connection connection) throws SQLException {
    try (var query =
            connection.prepareStatement(
                """
                SELECT string_agg(coalesce(nullif(r.application_name, ''), 'unnamed'), ', ' ORDER BY r.application_name)
                  FROM pg_stat_replication r
                  WHERE r.state IN ('streaming', 'catchup') AND current_setting('synchronous_standby_names') = ''
                    AND NOT EXISTS (SELECT 1 FROM pg_replication_slots s
                      WHERE s.active_pid = r.pid AND s.slot_type = 'logical')\
                """);
        var row = query.executeQuery()) {
      row.next();
      var standbys = row.getString(1);
      if (standbys != null) {
        LOG.warn(
            "PostgreSQL has asynchronous standbys ({}): after a failover to one of them, accepted calls"
                + " can be missing, and calls that were executed can be executed again. Set"
                + " synchronous_standby_names on the primary, such as to 'ANY 1 (*)'",
            standbys);
      }
    }
  }
}
