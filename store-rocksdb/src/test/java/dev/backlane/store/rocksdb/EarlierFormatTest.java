package dev.backlane.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.listing.Reader;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.testkit.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.WriteBatch;

/// A store that an earlier version wrote is completed when it is opened.
final class EarlierFormatTest {
  private static final List<Caller> CALLERS =
      List.of(
          new Caller("t1", "c1", "u1"),
          new Caller("t1", "c1", "u2"),
          new Caller("t1", "c2", ""),
          new Caller("t1", "c2", "c2"),
          new Caller("t1", "", "u1"),
          new Caller("t2", "c1", "u1"));

  @TempDir Path data;
  private final Samples samples = new Samples(InstantSource.system(), 1);
  private final List<Operation> operations = new ArrayList<>();

  /// Writes a store whose index has the entries of clients only.
  private void writeFormat1() throws Exception {
    try (var store = RocksStore.open(data)) {
      for (int i = 0; i < 3; i++) {
        for (var caller : CALLERS) {
          var operation = samples.queued(caller);
          store.operations().accept(operation, Content.EMPTY, Optional.empty());
          operations.addFirst(operation);
        }
      }
    }
    try (var database = Database.open(StoreDirectory.prepare(data));
        var batch = new WriteBatch()) {
      database.use(db -> {
        batch.deleteRange(db.handle(Column.OWNED), Keys.bucket(0), Keys.bucket(Integer.MAX_VALUE));
        for (var operation : operations) {
          var id = operation.id();
          for (byte[] client : CallerDigests.client(operation.caller()).stream().toList()) {
            batch.put(db.handle(Column.OWNED), Keys.owned(Keys.hour(id), client, id), new byte[0]);
          }
        }
        db.write(batch);
        return true;
      });
    }
    Files.writeString(data.resolve("FORMAT"), "backlane-rocksdb 1\n");
  }

  @Test
  void listsTheOperationsOfAnEarlierFormat() throws Exception {
    writeFormat1();
    for (int start = 0; start < 2; start++) {
      try (var store = RocksStore.open(data)) {
        for (var ownership : Ownership.values()) {
          for (var caller : CALLERS) {
            var reader = new Reader(ownership, caller);
            assertThat(store.operations().list(Samples.listing(reader, 100)).operations())
                .isEqualTo(
                    operations.stream().filter(each -> reader.mayRead(each.caller())).toList())
                .isNotEmpty();
          }
        }
        var problems = new ArrayList<String>();
        store.inspection().check(problems::add);
        assertThat(problems).isEmpty();
      }
      assertThat(data.resolve("FORMAT")).hasContent("backlane-rocksdb 3");
    }
  }

  /// Writes a store without the index of ends that were not successful.
  private Operation writeFormat2() throws Exception {
    Operation failed;
    try (var store = RocksStore.open(data)) {
      var running = samples.started(Samples.LEASE);
      store.operations().accept(running, Content.EMPTY, Optional.empty());
      failed = samples.failed(running);
      assertThat(store.operations().replace(running, failed, Content.EMPTY, Optional.empty()))
          .isTrue();
      var other = samples.started(Samples.LEASE);
      store.operations().accept(other, Content.EMPTY, Optional.empty());
      store
          .operations()
          .replace(other, samples.finished(other, 0), Content.EMPTY, Optional.empty());
    }
    try (var database = Database.open(StoreDirectory.prepare(data));
        var batch = new WriteBatch()) {
      database.use(db -> {
        batch.delete(db.handle(Column.UNSUCCESSFUL), failed.id().bytes());
        db.write(batch);
        return true;
      });
    }
    Files.writeString(data.resolve("FORMAT"), "backlane-rocksdb 2\n");
    return failed;
  }

  @Test
  void findsTheFailuresOfAnEarlierFormat() throws Exception {
    var failed = writeFormat2();
    try (var store = RocksStore.open(data)) {
      var filter = OperationFilter.ALL.in(Phase.FAILED);
      assertThat(store.search().search(filter, filter.to(), 10).operations())
          .containsExactly(failed);
      var problems = new ArrayList<String>();
      store.inspection().check(problems::add);
      assertThat(problems).isEmpty();
    }
  }
}
