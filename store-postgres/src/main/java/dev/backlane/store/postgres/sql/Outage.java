package dev.backlane.store.postgres.sql;

/// Why the database as a whole is unavailable.
///
/// @param why the cause and the fix
record Outage(Kind kind, String why) {
  /// What the database cannot do, with the reason that clients see.
  enum Kind {
    /// Anything.
    UNAVAILABLE("store-unavailable"),

    /// Write. Reads are refused too, because a standby may return old data.
    READ_ONLY("store-read-only"),

    /// Write more data. Everything stored can be read.
    FULL("disk-full");

    private final String reason;

    Kind(String reason) {
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  /// Whether reads are possible and return the latest data.
  boolean readable() {
    return kind == Kind.FULL;
  }
}
