package dev.backlane.gateway.operator;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.telemetry.Gauges;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides whether a load balancer should send calls to this node, for `/health/ready`.
/// Thread-safe.
public final class Readiness {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);
  private static final String STORE_UNAVAILABLE = "store-unavailable";

  /// How the reasons begin for which the store cannot be written.
  private static final String STORE_REASONS = "store-";

  private final OperationStore store;
  private final Admission admission;
  private final BooleanSupplier stopping;
  private final BooleanSupplier readyWithoutStore;

  /// @param admission whether the store has space for more
  /// @param stopping whether the gateway is shutting down
  /// @param readyWithoutStore whether the node is ready while only background calls are refused,
  ///     `server.ready-without-store`; may change
  public Readiness(
      OperationStore store,
      Admission admission,
      BooleanSupplier stopping,
      BooleanSupplier readyWithoutStore) {
    this.store = store;
    this.admission = admission;
    this.stopping = stopping;
    this.readyWithoutStore = readyWithoutStore;
  }

  /// What a load balancer should send to this node.
  ///
  /// @param ready whether it should send calls at all
  /// @param proxiedCalls whether calls without the trigger are served; they need no store
  /// @param backgroundCalls whether background calls are accepted, and states and contents served
  /// @param reason why not all of them are true, in terms that every client may see
  record State(
      boolean ready, boolean proxiedCalls, boolean backgroundCalls, Optional<String> reason) {}

  /// What the metrics show of the present state.
  public Gauges.Health health() {
    var state = state();
    boolean storeDown =
        state.reason().filter(reason -> reason.startsWith(STORE_REASONS)).isPresent();
    return new Gauges.Health(state.ready(), !storeDown);
  }

  /// The present state. Reads the store, which may take seconds while it is unavailable.
  State state() {
    if (stopping.getAsBoolean()) {
      return new State(false, false, false, Optional.of("draining"));
    }
    var reason = refusalOfBackgroundCalls();
    boolean ready = reason.isEmpty() || readyWithoutStore.getAsBoolean();
    return new State(ready, true, reason.isEmpty(), reason);
  }

  private Optional<String> refusalOfBackgroundCalls() {
    if (admission.refusal().isPresent()) {
      return Optional.of(admission.reason());
    }
    try {
      store.probe();
      return Optional.empty();
    } catch (StoreException failed) {
      LOG.warn("The probe of the store failed: {}", failed.getMessage());
      return Optional.of(STORE_UNAVAILABLE);
    }
  }
}
