package dev.backlane.engine.execution.pauses;

import dev.backlane.engine.store.queue.QueueKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/// A decision of an operator that operations wait until they are resumed. Attempts in flight
/// continue.
///
/// @param name of the tenant or the route; empty for the upstream
/// @param by the operator
/// @param reason may be empty
public record Pause(Scope scope, String name, String by, Instant since, String reason) {
  /// The maximum length of a name or a reason.
  public static final int TEXT_CHARS_MAX = 500;

  /// Which operations wait.
  public enum Scope {
    /// Those of a tenant.
    TENANT("tenant"),
    /// Those of a route, by its name.
    ROUTE("route"),
    /// All.
    UPSTREAM("upstream");

    private final String wire;

    Scope(String wire) {
      this.wire = wire;
    }

    /// The word for it in documents and in the store.
    public String wire() {
      return wire;
    }

    /// The scope of a word; empty if there is none.
    public static Optional<Scope> named(String wire) {
      return Arrays.stream(values()).filter(scope -> scope.wire.equals(wire)).findFirst();
    }
  }

  /// Whether operations of a tenant on a route wait.
  public boolean covers(QueueKey key) {
    return switch (scope) {
      case TENANT -> name.equals(key.owner());
      case ROUTE -> name.equals(key.lane());
      case UPSTREAM -> true;
    };
  }
}
