package dev.backlane.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Reader;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.Options;
import org.rocksdb.SstFileReader;
import org.rocksdb.WriteBatch;

/// Damage to the files of a store is noticed, concerns only what is damaged, and can be repaired.
final class DamageTest {
  private static final int LARGE_BYTES = 200_000;

  @TempDir Path temporary;
  private final Samples samples = new Samples(InstantSource.system(), 1);
  private final List<String> report = new ArrayList<>();

  private Path data() {
    return temporary.resolve("data");
  }

  private Operation accepted(Store store, int bytes) {
    var operation = samples.queued();
    var body = Samples.bytes(bytes, 1);
    if (bytes < 1_000) {
      store.operations().accept(operation, new Content.Inline(body), Optional.empty());
      return operation;
    }
    try (var spool = store.operations().spool(operation.id(), Samples.TENANT, Part.REQUEST)) {
      spool.write(body, 0, body.length);
      store.operations().accept(operation, spool.seal(), Optional.empty());
    }
    return operation;
  }

  /// A copy of the files of a store that is open, as they are after the process was killed.
  private Path killed(int operations) throws IOException {
    try (var store = RocksStore.open(data())) {
      for (int i = 0; i < operations; i++) {
        accepted(store, 11);
      }
      var copy = temporary.resolve("killed");
      copy(copy);
      return copy;
    }
  }

  private void copy(Path copy) throws IOException {
    try (var files = Files.walk(data())) {
      for (var file : files.toList()) {
        Files.copy(file, copy.resolve(data().relativize(file).toString()));
      }
    }
  }

  private static Path log(Path store) throws IOException {
    try (var files = Files.list(store.resolve("db"))) {
      return files.filter(file -> file.toString().endsWith(".log")).findFirst().orElseThrow();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"truncated", "emptied", "deleted", "flipped"})
  void refusesALogThatLostAcknowledgedWrites(String damage) throws Exception {
    var store = killed(20);
    var log = log(store);
    byte[] bytes = Files.readAllBytes(log);
    switch (damage) {
      case "truncated" -> Files.write(log, Arrays.copyOf(bytes, bytes.length * 3 / 4));
      case "emptied" -> Files.write(log, new byte[0]);
      case "deleted" -> Files.delete(log);
      default -> {
        bytes[bytes.length / 2] ^= 1;
        Files.write(log, bytes);
      }
    }
    assertThatThrownBy(() -> RocksStore.open(store))
        .isInstanceOf(StoreException.Damaged.class)
        .hasMessageContaining("store check --repair")
        .hasMessageNotContaining("another Backlane process");

    assertThat(RocksStore.repair(store, report::add)).as("repaired %s", report).isPositive();
    try (var repaired = RocksStore.open(store)) {
      assertThat(repaired.origin().copied()).as("calls are held").isPresent();
      accepted(repaired, 11);
    }
    RocksStore.open(store).close();
  }

  @Test
  void opensALogThatEndsInAnUnacknowledgedRecord() throws Exception {
    var store = killed(20);
    var log = log(store);
    byte[] bytes = Files.readAllBytes(log);
    byte[] torn = Arrays.copyOf(bytes, bytes.length * 2);
    // The start of the log once more: records whose positions and numbers do not fit, and garbage.
    System.arraycopy(bytes, 11, torn, bytes.length, bytes.length - 11);
    Files.write(log, torn);
    try (var opened = RocksStore.open(store)) {
      assertThat(opened.operations().queued()).isEqualTo(20);
    }
  }

  /// After a power failure the mark may be that of a second before.
  @Test
  void refusesALogWithADamagedWriteBeforeItsLastOne() throws Exception {
    var marked = Files.readAllBytes(killed(2).resolve("ACKNOWLEDGED"));
    var store = temporary.resolve("later");
    try (var reopened = RocksStore.open(data())) {
      for (int i = 0; i < 200; i++) {
        accepted(reopened, 900);
      }
      copy(store);
    }
    Files.write(store.resolve("ACKNOWLEDGED"), marked);
    var log = log(store);
    byte[] bytes = Files.readAllBytes(log);
    for (int at : new int[] {bytes.length / 2, bytes.length - 3_000}) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 1;
      Files.write(log, damaged);
      assertThatThrownBy(() -> RocksStore.open(store)).isInstanceOf(StoreException.Damaged.class);
    }
    byte[] torn = bytes.clone();
    torn[bytes.length - 3] ^= 1;
    Files.write(log, torn);
    try (var opened = RocksStore.open(store)) {
      assertThat(opened.operations().queued()).isEqualTo(201);
    }
  }

  /// RocksDB would take zeros for the end of the manifest, and create the column families behind it
  /// as empty: idempotency keys and lists would be lost without a message.
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void refusesAManifestWhoseEndIsZero(double kept) throws Exception {
    var store = killed(3);
    var manifest =
        store.resolve("db").resolve(Files.readString(store.resolve("db/CURRENT")).strip());
    byte[] bytes = Files.readAllBytes(manifest);
    Arrays.fill(bytes, (int) (bytes.length * kept), bytes.length, (byte) 0);
    Files.write(manifest, bytes);
    assertThatThrownBy(() -> RocksStore.open(store))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("is damaged");
  }

  @Test
  void refusesAnAlteredMarkOfTheManifest() throws Exception {
    var store = killed(1);
    Files.write(store.resolve("MANIFEST-MARK"), new byte[20]);
    assertThatThrownBy(() -> RocksStore.open(store))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("MANIFEST-MARK cannot be read");
  }

  @Test
  void refusesAStoreWithoutItsMark() throws Exception {
    var store = killed(1);
    Files.delete(store.resolve("ACKNOWLEDGED"));
    assertThatThrownBy(() -> RocksStore.open(store))
        .isInstanceOf(StoreException.Damaged.class)
        .hasMessageContaining("ACKNOWLEDGED");
  }

  private static Path body(Path store, OperationId id) throws IOException {
    try (var files = Files.walk(store.resolve("bodies"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(id.toString()))
          .findFirst()
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 70_000, LARGE_BYTES - 1})
  void neverReturnsAnAlteredByte(int altered) throws Exception {
    try (var store = RocksStore.open(data())) {
      var operation = accepted(store, LARGE_BYTES);
      var file = body(data(), operation.id());
      byte[] bytes = Files.readAllBytes(file);
      // Each piece of 64 KiB is followed by its checksum of 4 bytes.
      bytes[altered + 4 * (altered / 65_536)] ^= 0x10;
      Files.write(file, bytes);
      var content = store.operations().content(operation, Part.REQUEST).orElseThrow();
      assertThatThrownBy(() -> content.verify(0, content.length()))
          .isInstanceOf(StoreException.Damaged.class);
      int other = altered < 65_536 ? 65_536 : 0;
      content.verify(other, 65_536);
    }
  }

  @Test
  void setsDamagedBodiesAside() throws Exception {
    Operation damaged;
    Operation intact;
    try (var store = RocksStore.open(data())) {
      damaged = accepted(store, LARGE_BYTES);
      intact = accepted(store, LARGE_BYTES);
      var file = body(data(), damaged.id());
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
    }
    assertThat(RocksStore.repair(data(), report::add)).isEqualTo(1);
    assertThat(report).anyMatch(line -> line.contains(damaged.id().toString()));
    try (var store = RocksStore.open(data())) {
      assertThat(store.origin().copied()).isEmpty();
      var missing = store.operations().content(damaged, Part.REQUEST).orElseThrow();
      assertThatThrownBy(() -> missing.open(0)).isInstanceOf(StoreException.Damaged.class);
      store.operations().content(intact, Part.REQUEST).orElseThrow().verify(0, LARGE_BYTES);
    }
    try (var aside = Files.walk(data().resolve("damaged"))) {
      assertThat(aside.filter(Files::isRegularFile)).hasSize(1);
    }
  }

  @Test
  void keepsWhatCanBeReadOfADamagedTable() throws Exception {
    var ids = new ArrayList<OperationId>();
    for (int round = 0; round < 2; round++) {
      try (var store = RocksStore.open(data())) {
        for (int i = 0; i < 300; i++) {
          ids.add(accepted(store, 900).id());
        }
      }
    }
    Path largest;
    try (var files = Files.list(data().resolve("db"))) {
      largest =
          files
              .filter(file -> file.toString().endsWith(".sst"))
              .max(Comparator.comparingLong(file -> file.toFile().length()))
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(largest);
    bytes[bytes.length / 4] ^= 1;
    Files.write(largest, bytes);

    assertThat(RocksStore.repair(data(), report::add)).isPositive();
    try (var store = RocksStore.open(data())) {
      long readable = ids.stream().filter(id -> store.operations().find(id).isPresent()).count();
      assertThat(readable).as("of 600: %s", report).isBetween(500L, 600L);
      assertThat(store.origin().copied()).isPresent();
    }
  }

  @Test
  void aDamagedRecordStopsNoOther() throws Exception {
    OperationId damaged;
    OperationId intact;
    try (var store = RocksStore.open(data())) {
      damaged = accepted(store, 11).id();
      intact = accepted(store, 11).id();
    }
    try (var database = Database.open(StoreDirectory.prepare(data()));
        var writes = new WriteBatch()) {
      database.use(db -> {
        writes.put(db.handle(Column.CALLS), damaged.bytes(), new byte[] {99});
        db.write(writes);
        return true;
      });
    }
    try (var store = RocksStore.open(data())) {
      assertThatThrownBy(() -> store.operations().find(damaged))
          .isInstanceOf(StoreException.Damaged.class);
      assertThat(
              store
                  .operations()
                  .claim(2, new UnlimitedPermits(), Samples.LEASE, Instant.now())
                  .stream()
                  .map(Operation::id))
          .containsExactly(intact);
      assertThat(
              store
                  .operations()
                  .list(
                      new Listing(
                          new Reader(Ownership.USER, Samples.CALLER),
                          OperationId.lowest(Instant.EPOCH),
                          OperationId.lowest(OperationId.TIME_MAX),
                          Optional.empty(),
                          _ -> true,
                          9))
                  .operations())
          .hasSize(1);
    }
    assertThat(RocksStore.repair(data(), report::add)).isEqualTo(1);
    try (var store = RocksStore.open(data())) {
      assertThat(store.operations().find(damaged)).isEmpty();
    }
  }

  /// Alters a byte in the middle of the largest table of a column.
  private void damageTable(Column column) throws Exception {
    Path largest = data();
    try (var files = Files.list(data().resolve("db"));
        var options = new Options()) {
      for (var file : files.filter(each -> each.toString().endsWith(".sst")).toList()) {
        try (var reader = new SstFileReader(options)) {
          reader.open(file.toString());
          var name = reader.getTableProperties().getColumnFamilyName();
          boolean larger = Files.isDirectory(largest) || Files.size(file) > Files.size(largest);
          if (new String(name, StandardCharsets.US_ASCII)
                  .equals(column.name().toLowerCase(Locale.ROOT))
              && larger) {
            largest = file;
          }
        }
      }
    }
    byte[] bytes = Files.readAllBytes(largest);
    bytes[bytes.length / 3] ^= 1;
    Files.write(largest, bytes);
  }

  @Test
  void aDamagedBlockOfCallsStopsNoOtherOperation() throws Exception {
    var ids = new ArrayList<OperationId>();
    try (var store = RocksStore.open(data())) {
      for (int i = 0; i < 300; i++) {
        var running = samples.started(Samples.LEASE);
        store.operations().accept(running, Content.EMPTY, Optional.empty());
        store
            .operations()
            .replace(running, samples.failed(running), Content.EMPTY, Optional.empty());
        ids.add(running.id());
      }
    }
    // Opened once, so that the log is in tables.
    RocksStore.open(data()).close();
    damageTable(Column.CALLS);
    try (var store = RocksStore.open(data())) {
      var operations = store.operations();
      int found = operations.findAll(ids).size();
      assertThat(found).isBetween(200, 299);
      var damaged = ids.stream().filter(id -> unreadable(store, id)).toList();
      assertThat(damaged).hasSize(300 - found);
      assertThat(store.damagedRecords()).isEqualTo(300 - found);
      var listed = operations.list(Samples.listing(Samples.CALLER, 300)).operations();
      assertThat(listed).hasSize(found);
      var soon = Instant.now().plusSeconds(1);
      operations.prune(new RetentionStep(Duration.ofHours(1), Duration.ofDays(1), soon));
      operations.prune(new RetentionStep(Duration.ofHours(1), Duration.ofDays(1), soon));
      assertThat(operations.list(Samples.listing(Samples.CALLER, 300)).operations()).isEmpty();
      accepted(store, 11);
    }
  }

  private static boolean unreadable(Store store, OperationId id) {
    try {
      return store.operations().find(id).isEmpty();
    } catch (StoreException.Damaged damaged) {
      return true;
    }
  }

  @Test
  void noticesACopyAndHoldsItsCalls() throws Exception {
    var copy = killed(2);
    try (var store = RocksStore.open(data())) {
      assertThat(store.origin().copied()).as("the original").isEmpty();
    }
    var backup = temporary.resolve("backup");
    try (var store = RocksStore.open(data())) {
      store.hotCopy().orElseThrow().copyTo(backup, (_, _) -> {});
    }
    for (var each : List.of(copy, backup)) {
      try (var store = RocksStore.open(each)) {
        assertThat(store.origin().copied()).as("%s", each).isPresent();
        var id = store.origin().waiting(false, new OperationId(0, 0), 10).getFirst();
        var queued = store.operations().find(id).orElseThrow();
        var held = queued.to(new State.Held((State.Queued) queued.state()));
        store.operations().replace(queued, held, Content.EMPTY, Optional.empty());
        store.origin().adopt();
      }
      try (var store = RocksStore.open(each)) {
        assertThat(store.origin().copied()).isEmpty();
        assertThat(store.origin().waiting(true, new OperationId(0, 0), 10)).hasSize(1);
        assertThat(
                store.operations().claim(9, new UnlimitedPermits(), Samples.LEASE, Instant.now()))
            .hasSize(1);
      }
    }
  }
}
