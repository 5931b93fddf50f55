package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.execution.outcomes.HeldOutcomes;
import dev.backlane.engine.execution.outcomes.LocalSpool;
import dev.backlane.engine.execution.outcomes.SpoolLimits;
import dev.backlane.engine.execution.outcomes.SpoolingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.local.DiskSpace;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.SpoolSeal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The spool directory, which keeps outcomes until the store accepts them; without one they are
/// kept in memory only.
record OutcomeWiring(Optional<LocalSpool> spool) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutcomeWiring.class);

  /// The spool directory of an embedded store leaves half of `limits.disk-free-min`: what is in it
  /// is copied into the store, which is usually on the same disk.
  private static final int FREE_DIVISOR_WITH_STORE = 2;

  private static final int FREE_DIVISOR = 8;

  /// Opens the directory. A directory that cannot be used does not prevent the start: it matters
  /// only when the store fails too.
  static OutcomeWiring of(Config config, DataKeys keys) {
    return new OutcomeWiring(config.spool().flatMap(spool -> open(spool, config, keys)));
  }

  private static Optional<LocalSpool> open(StoreSection.Spool spool, Config config, DataKeys keys) {
    try {
      var limits =
          new SpoolLimits(
              spool.bytesMax(), keptFreeBytes(spool.path(), config), config.manyTenants());
      return Optional.of(LocalSpool.open(spool.path(), limits, new SpoolSeal(keys)));
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

  private static long keptFreeBytes(Path directory, Config config) throws IOException {
    var existing = directory.toAbsolutePath();
    while (Files.notExists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    long limit = DiskSpace.limit(Files.getFileStore(existing), config.limits().diskFreeBytesMin());
    return config.store() instanceof StoreSection.RocksDb
        ? limit / FREE_DIVISOR_WITH_STORE
        : limit / FREE_DIVISOR;
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
