package dev.backlane.gateway.http.jetty;

/// What a connection occupies of the memory of this process, in bytes. The figures are measured,
/// with class histograms of thousands of connections of each kind. Stateless.
final class HeldMemory {
  /// A connection without a request: 3.5 KiB.
  static final long CONNECTION = 4 * 1024;

  /// What TLS adds: the session, and the buffers of a record each way, which are outside the heap.
  static final long TLS = 48 * 1024;

  /// The thread and the objects of a call.
  private static final long CALL = 12 * 1024;

  private static final long HEAD_FIELD = 96;

  /// As Jetty keeps it, and as handlers get it.
  private static final long CALL_FIELD = 128;

  private HeldMemory() {}

  /// A connection whose request head is incomplete.
  ///
  /// @param headBytes received so far
  /// @param fields complete ones
  static long head(int headBytes, int fields) {
    return CONNECTION + headBytes + headBytes / 4 + HEAD_FIELD * fields;
  }

  /// A connection whose request is in a handler.
  static long call(int headBytes, int fields) {
    return CONNECTION + CALL + headBytes + headBytes / 4 + CALL_FIELD * fields;
  }
}
