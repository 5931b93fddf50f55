package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.execution.outcomes.HeldOutcomes;
import dev.backlane.engine.execution.outcomes.LocalSpool;
import dev.backlane.engine.execution.outcomes.SpoolingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.SpoolSeal;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The spool directory, which keeps outcomes until the store accepts them; without one they are
/// kept in memory only.
record OutcomeWiring(Optional<LocalSpool> spool) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutcomeWiring.class);

  /// Opens the directory. A directory that cannot be used does not prevent the start: it matters
  /// only when the store fails too.
  static OutcomeWiring of(Optional<StoreSection.Spool> configured, DataKeys keys) {
    return new OutcomeWiring(configured.flatMap(spool -> open(spool, keys)));
  }

  private static Optional<LocalSpool> open(StoreSection.Spool spool, DataKeys keys) {
    try {
      return Optional.of(LocalSpool.open(spool.path(), spool.bytesMax(), new SpoolSeal(keys)));
    } catch (IOException unusable) {
      LOG.warn(
          "The spool directory {} cannot be used: {}. Responses that arrive while the store is"
              + " unavailable are lost if they are large or this process ends; give this user"
              + " permission to write there, or set store.spool-path",
          spool.path(),
          unusable.toString());
      return Optional.empty();
    }
  }

  /// The operations of a store, with large responses in the spool directory until they are settled.
  OperationStore store(OperationStore operations) {
    return spool
        .<OperationStore>map(local -> new SpoolingStore(operations, local))
        .orElse(operations);
  }

  HeldOutcomes outcomes() {
    return spool.<HeldOutcomes>map(local -> local).orElse(HeldOutcomes.NONE);
  }

  @Override
  public void close() {
    spool.ifPresent(LocalSpool::close);
  }
}
