package dev.backlane.store.postgres.sql;

import java.sql.SQLException;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/// Limits the time that a migration waits for the lock of a table, because all other statements on
/// the table queue behind it. Stateless.
final class LockTimeoutCallback extends BaseCallback {
  @Override
  public boolean supports(Event event, Context context) {
    return event == Event.BEFORE_EACH_MIGRATE;
  }

  @Override
  public void handle(Event event, Context context) {
    try (var set = context.getConnection().createStatement()) {
      // For the transaction of this migration only.
      set.execute("SET LOCAL lock_timeout = '2s'");
    } catch (SQLException refused) {
      throw new FlywayException("the lock timeout of a migration cannot be set", refused);
    }
  }
}
