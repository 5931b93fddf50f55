package dev.backlane.store.postgres.sql;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;

/// Tells faults of the database apart by their SQLSTATE (PostgreSQL's manual, appendix A). Stateless.
final class DatabaseFault {
  private static final String UNDEFINED_TABLE = "42P01";
  private static final String DEADLOCK = "40P01";
  private static final String SERIALIZATION = "40001";
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String READ_ONLY = "25006";
  private static final String DISK_FULL = "53100";
  private static final String TOO_MANY_CONNECTIONS = "53300";

  private DatabaseFault() {}

  /// Rolled back for the sake of another transaction: nothing of it happened, and it may go well when done again.
  static boolean yielded(SQLException fault) {
    var state = state(fault);
    return state.equals(DEADLOCK) || state.equals(SERIALIZATION);
  }

  /// Another transaction holds what was to be locked, for longer than was waited for it or in a circle: nothing happened.
  static boolean locked(SQLException fault) {
    return state(fault).equals(LOCK_NOT_AVAILABLE) || state(fault).equals(DEADLOCK);
  }

  /// A table is named that is not there (any more).
  static boolean tableMissing(SQLException fault) {
    return state(fault).equals(UNDEFINED_TABLE);
  }

  /// Caused by the values of a statement: another statement may go well.
  static boolean ofValues(SQLException fault) {
    var state = state(fault);
    return state.startsWith("22") || state.startsWith("23");
  }

  /// Why the database as a whole cannot be worked with; empty where the fault is of one statement.
  static Optional<Outage> ofDatabase(SQLException fault) {
    var state = state(fault);
    if (state.equals(READ_ONLY)) {
      return outage(
          Outage.Kind.READ_ONLY,
          "PostgreSQL takes no writes (read-only or a standby): let store.url name the primary, or several hosts with"
              + " targetServerType=primary");
    }
    if (state.equals(DISK_FULL)) {
      return outage(Outage.Kind.FULL, "PostgreSQL's disk is full: free space there");
    }
    if (state.equals(TOO_MANY_CONNECTIONS)) {
      return outage(
          Outage.Kind.UNAVAILABLE,
          "PostgreSQL takes no more connections: lower store.connections-max or raise its max_connections");
    }
    // 08: connection; 53: resources; 57P: it goes down or comes up; 58 and XX: its files.
    boolean whole =
        fault instanceof SQLTransientConnectionException
            || state.startsWith("08")
            || state.startsWith("53")
            || state.startsWith("57P")
            || state.startsWith("58")
            || state.startsWith("28");
    return whole
        ? outage(Outage.Kind.UNAVAILABLE, "PostgreSQL cannot be worked with: " + message(fault))
        : Optional.empty();
  }

  private static Optional<Outage> outage(Outage.Kind kind, String why) {
    return Optional.of(new Outage(kind, why));
  }

  /// The connection went to a server that is not the primary (any more).
  static boolean readOnly(SQLException fault) {
    return state(fault).equals(READ_ONLY);
  }

  /// The first line of what the database says, with the cause behind a pool's time-out.
  static String message(SQLException fault) {
    Throwable told = fault;
    if (fault instanceof SQLTransientConnectionException && fault.getCause() != null) {
      told = fault.getCause();
    }
    return String.valueOf(told.getMessage()).lines().findFirst().orElse("").strip();
  }

  private static String state(SQLException fault) {
    return fault.getSQLState() == null ? "" : fault.getSQLState();
  }
}
