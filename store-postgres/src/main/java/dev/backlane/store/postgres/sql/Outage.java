package dev.backlane.store.postgres.sql;

/// Why the database as a whole cannot be worked with.
///
/// @param why with the mend
record Outage(Kind kind, String why) {
  /// What it cannot do, and how that is told to everybody.
  enum Kind {
    /// Nothing at all.
    UNAVAILABLE("store-unavailable"),

    /// Write. What it lets read may be behind: a standby says the same.
    READ_ONLY("store-read-only"),

    /// Write what needs room; all that is there can be read.
    FULL("disk-full");

    private final String reason;

    Kind(String reason) {
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  /// Whether what can be read still counts.
  boolean readable() {
    return kind == Kind.FULL;
  }
}
