package dev.backlane.engine.execution.permits;

/// A concurrency limit that keeps an operation from starting at present.
///
/// @param limit how many attempts may be in flight
/// @param running how many are
public record ReachedLimit(Kind kind, int limit, int running) {
  /// Which attempts a limit counts.
  public enum Kind {
    /// All of this process.
    TOTAL("total"),
    /// Those of the tenant.
    TENANT("tenant"),
    /// Those of the route.
    ROUTE("route"),
    /// Those of the tenant on the route.
    TENANT_ON_ROUTE("tenant-on-route");

    private final String wire;

    Kind(String wire) {
      this.wire = wire;
    }

    /// The word for it in documents.
    public String wire() {
      return wire;
    }
  }
}
