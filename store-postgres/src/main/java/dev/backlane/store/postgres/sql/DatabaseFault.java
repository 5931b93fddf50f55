package dev.backlane.store.postgres.sql;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;

/// Classifies faults of the database by their SQLSTATE (PostgreSQL manual, appendix A). Stateless.
final class DatabaseFault {
  private static final String UNDEFINED_TABLE = "42P01";
  private static final String DEADLOCK = "40P01";
  private static final String SERIALIZATION = "40001";
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String DATA_CORRUPTED = "XX001";
  private static final String INDEX_CORRUPTED = "XX002";
  // A transaction id in a row is damaged: the file with its state does not exist.
  private static final String UNDEFINED_FILE = "58P01";
  private static final String INTERNAL = "XX000";
  // The length of a value is damaged. PostgreSQL has no SQLSTATE for it.
  private static final String IMPOSSIBLE_LENGTH = "invalid memory alloc request size";
  private static final String READ_ONLY = "25006";
  private static final String DISK_FULL = "53100";
  private static final String TOO_MANY_CONNECTIONS = "53300";

  private DatabaseFault() {}

  /// Whether the transaction was rolled back because of a concurrent one. It had no effect and can
  /// be retried.
  static boolean retryable(SQLException fault) {
    var state = state(fault);
    return state.equals(DEADLOCK) || state.equals(SERIALIZATION);
  }

  /// Whether a lock could not be acquired, because of a timeout or a deadlock. The statement had no
  /// effect.
  static boolean locked(SQLException fault) {
    return state(fault).equals(LOCK_NOT_AVAILABLE) || state(fault).equals(DEADLOCK);
  }

  /// Whether a table does not exist, such as a dropped partition.
  static boolean tableMissing(SQLException fault) {
    return state(fault).equals(UNDEFINED_TABLE);
  }

  /// Whether the database refused a value of the statement. Statements with other values may
  /// succeed.
  static boolean valuesRefused(SQLException fault) {
    var state = state(fault);
    // Classes 22: data exception; 23: integrity constraint; 54: program limit, such as a row of an
    // index that is too large.
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
  }

  /// Whether a stored value that the statement reads is damaged. Statements that do not read it may
  /// succeed.
  static boolean damaged(SQLException fault) {
    return switch (state(fault)) {
      case DATA_CORRUPTED, INDEX_CORRUPTED, UNDEFINED_FILE -> true;
      case INTERNAL -> String.valueOf(fault.getMessage()).contains(IMPOSSIBLE_LENGTH);
      default -> false;
    };
  }

  /// Why the whole database is unavailable; empty if the fault concerns only one statement.
  static Optional<Outage> outage(SQLException fault) {
    var state = state(fault);
    if (state.equals(READ_ONLY)) {
      return outage(
          Outage.Kind.READ_ONLY,
          "PostgreSQL accepts no writes (read-only or a standby): set store.url to the primary, or to several hosts with"
              + " targetServerType=primary");
    }
    if (state.equals(DISK_FULL)) {
      return outage(Outage.Kind.FULL, "PostgreSQL's disk is full: free space there");
    }
    if (state.equals(TOO_MANY_CONNECTIONS)) {
      return outage(
          Outage.Kind.UNAVAILABLE,
          "PostgreSQL accepts no more connections: lower store.connections-max or raise its max_connections");
    }
    // Classes 08: connection; 28: authentication; 53: resources; 57P: shutdown or startup;
    // 58: system errors.
    boolean unavailable =
        fault instanceof SQLTransientConnectionException
            || state.startsWith("08")
            || state.startsWith("53")
            || state.startsWith("57P")
            || state.startsWith("58")
            || state.startsWith("28");
    return unavailable
        ? outage(Outage.Kind.UNAVAILABLE, "PostgreSQL is unavailable: " + message(fault))
        : Optional.empty();
  }

  private static Optional<Outage> outage(Outage.Kind kind, String why) {
    return Optional.of(new Outage(kind, why));
  }

  /// Whether the server is not the primary, or is read-only.
  static boolean readOnly(SQLException fault) {
    return state(fault).equals(READ_ONLY);
  }

  /// The first line of the database's message, or of the cause of a timeout of the pool.
  static String message(SQLException fault) {
    Throwable cause = fault;
    if (fault instanceof SQLTransientConnectionException && fault.getCause() != null) {
      cause = fault.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
  }

  private static String state(SQLException fault) {
    return fault.getSQLState() == null ? "" : fault.getSQLState();
  }
}
