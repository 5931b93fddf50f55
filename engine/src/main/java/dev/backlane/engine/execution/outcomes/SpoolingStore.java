package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import java.io.IOException;
import java.util.Optional;

/// Writes large responses to the local disk while they are received, and copies them into the store
/// when their attempt is settled: a store that is unavailable meanwhile costs no response.
/// Thread-safe.
public final class SpoolingStore extends ForwardingStore {
  private final LocalSpool local;

  public SpoolingStore(OperationStore store, LocalSpool local) {
    super(store);
    this.local = local;
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    return switch (part) {
      case REQUEST -> store.spool(id, tenant, part);
      case RESPONSE -> local.response(id, tenant, () -> store.spool(id, tenant, part));
    };
  }

  /// @throws DamagedSpoolException if the response on the local disk is damaged; nothing was
  ///     written
  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    if (!(response instanceof Content.Spooled(long _, LocalBody body))) {
      return store.replace(from, to, response, delivery);
    }
    try (var spool = store.spool(to.id(), to.caller().tenant(), Part.RESPONSE)) {
      copy(body, spool);
      return store.replace(from, to, spool.seal(), delivery);
    }
  }

  private static void copy(LocalBody body, Spool spool) {
    spool.expect(body.length());
    try (var in = body.open()) {
      byte[] buffer = new byte[LocalBody.BLOCK_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        spool.write(buffer, 0, read);
      }
    } catch (IOException failed) {
      throw new DamagedSpoolException("a spooled response cannot be read", failed);
    }
  }
}
