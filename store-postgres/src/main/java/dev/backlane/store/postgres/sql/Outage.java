package dev.backlane.store.postgres.sql;

/// The reason for which the whole database is unavailable.
///
/// @param why the cause and the fix
record Outage(Kind kind, String why) {
  /// The scope of the outage, with the reason that is reported to clients.
  enum Kind {
    /// Neither reads nor writes.
    UNAVAILABLE("store-unavailable"),

    /// No writes. Reads are refused too, because a standby may return old data.
    READ_ONLY("store-read-only"),

    /// No writes, because the disk is full. All stored data can be read.
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
