package dev.backlane.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.WriteBatch;

/// A record that cannot be read affects no other operation.
final class DamagedRecordsTest {
  private static final byte[] DAMAGED = {0x7f};

  @TempDir Path data;
  private final Samples samples = new Samples(InstantSource.system(), 1);

  private void damage(Column column, OperationId id) {
    try (var database = Database.open(StoreDirectory.prepare(data));
        var batch = new WriteBatch()) {
      database.use(db -> {
        batch.put(db.handle(column), id.bytes(), DAMAGED);
        db.write(batch);
        return true;
      });
    }
  }

  private static Operation accepted(RocksStore store, Operation operation) {
    store.operations().accept(operation, Content.EMPTY, Optional.empty());
    return operation;
  }

  @Test
  void startsAndServesAllOtherOperations() {
    var queued = new ArrayList<Operation>();
    Operation running;
    try (var store = RocksStore.open(data)) {
      for (int i = 0; i < 4; i++) {
        queued.add(accepted(store, samples.queued()));
      }
      running = accepted(store, samples.started(new Lease("dead", 1)));
    }
    damage(Column.ACTIVE, queued.get(0).id());
    damage(Column.CALLS, queued.get(2).id());
    damage(Column.ACTIVE, running.id());
    try (var opened = RocksStore.open(data)) {
      var store = opened.operations();
      var claimed =
          store.claim(
              10, new UnlimitedPermits(), new Lease("node", 1), InstantSource.system().instant());
      assertThat(claimed)
          .extracting(Operation::id)
          .containsExactly(queued.get(1).id(), queued.get(3).id());
      store.renew("node", Duration.ofSeconds(10), List.of());
      var left =
          store.held("node").stream()
              .filter(held -> held.lease().equals(LeasedOperation.NO_HOLDER))
              .toList();
      assertThat(left)
          .extracting(LeasedOperation::id)
          .containsExactlyInAnyOrder(queued.get(0).id(), queued.get(2).id(), running.id());
      assertThat(store.findAll(left.stream().map(LeasedOperation::id).toList())).isEmpty();
      assertThatThrownBy(() -> store.find(running.id())).isInstanceOf(StoreException.Refused.class);
      // A change of a damaged operation fails none of its batch.
      assertThat(store.replace(running, samples.failed(running), Content.EMPTY, Optional.empty()))
          .isFalse();
      var end = (State.Failed) samples.failed(running).state();
      for (var held : left) {
        assertThat(store.setAside(held.id(), held.version(), end)).isTrue();
      }
      assertThat(store.find(running.id()).orElseThrow().state()).isEqualTo(end);
      assertThat(store.held("node")).hasSize(2);
    }
  }
}
