package dev.backlane.gateway.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.ForwardingRecordStore;
import dev.backlane.store.testkit.SettableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Data keys with the master key in a file, and its rotation, interrupted at each step.
final class MasterKeyRotationTest {
  private static final byte[] NAME = {1, 2, 3};
  private static final byte[] CLEAR = "a value".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
  private final MemoryStore store = new MemoryStore();
  private final RecordStore records = store.records();
  private Path file = Path.of("");
  private Path next = Path.of("");

  @BeforeEach
  void nameFiles() {
    file = folder.resolve("data/master.key");
    next = folder.resolve("data/master.key.next");
  }

  private DataKeys open() {
    return DataKeys.open(records, file, clock);
  }

  private byte[] sealed() {
    return new Seal(open(), "test").seal(CLEAR, "company-1", NAME);
  }

  /// Asserts that the one file present opens the keys.
  private void assertOpens(byte[] sealed) {
    assertThat(new Seal(open(), "test").open(sealed, NAME)).isEqualTo(CLEAR);
    assertThat(next).doesNotExist();
    int id = MasterKey.loadOrCreate(file).id();
    assertThat(records.list(DataKeys.KIND))
        .allSatisfy(entry -> assertThat(WrappedKey.masterKeyId(entry.value())).isEqualTo(id));
  }

  @Test
  void createsTheFileOnceReadableByItsOwnerOnly() throws Exception {
    byte[] sealed = sealed();
    var text = Files.readString(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertOpens(sealed);
    assertThat(file).hasContent(text);
  }

  @Test
  void refusesAMissingFileOnceSomethingIsSealed() throws Exception {
    byte[] sealed = sealed();
    var away = Files.move(file, folder.resolve("backup"));
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(this::open)
          .isInstanceOf(MasterKeyException.class)
          .hasMessageContainingAll(file.toString(), "is missing", "restore it");
      assertThat(file).doesNotExist();
    }
    Files.move(away, file);
    assertOpens(sealed);
  }

  @Test
  void recreatesAMissingFileWhenNothingIsSealed() throws Exception {
    open();
    Files.delete(file);
    open();
    assertThat(file).exists();
  }

  @Test
  void refusesTheFileOfAnotherStoreNamingBothIds() throws Exception {
    byte[] sealed = sealed();
    int mine = MasterKey.loadOrCreate(file).id();
    var away = Files.move(file, folder.resolve("backup"));
    int other = MasterKey.loadOrCreate(file).id();
    assertThatThrownBy(this::open)
        .isInstanceOf(MasterKeyException.class)
        .hasMessageContainingAll(MasterKey.hex(mine), MasterKey.hex(other));
    Files.delete(file);
    Files.move(away, file);
    assertOpens(sealed);
  }

  @Test
  void rotationReplacesTheKeyAndKeepsValuesReadable() throws Exception {
    byte[] sealed = sealed();
    open().current("company-2");
    var before = Files.readString(file);
    assertThat(DataKeys.rotate(records, file, clock)).isEqualTo(2);
    assertThat(Files.readString(file)).isNotEqualTo(before);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertOpens(sealed);
    assertThat(DataKeys.rotate(records, file, clock)).isEqualTo(2);
    assertOpens(sealed);

    Files.writeString(file, before);
    assertThatThrownBy(this::open).isInstanceOf(MasterKeyException.class);
  }

  @Test
  void rotationWithNothingSealedReplacesTheFile() throws Exception {
    open();
    var before = Files.readString(file);
    assertThat(DataKeys.rotate(records, file, clock)).isZero();
    assertThat(Files.readString(file)).isNotEqualTo(before);
    assertOpens(sealed());
  }

  @Test
  void crashBeforeRewrappingKeepsTheOldMasterKey() throws Exception {
    byte[] sealed = sealed();
    var before = Files.readString(file);
    MasterKey.loadOrCreate(next);
    assertOpens(sealed);
    assertThat(file).hasContent(before);
  }

  @Test
  void crashAfterRewrappingKeepsTheNewMasterKey() throws Exception {
    byte[] sealed = sealed();
    wrappedByNext();
    var after = Files.readString(next);
    assertOpens(sealed);
    assertThat(file).hasContent(after);
  }

  @Test
  void crashWithNothingSealedKeepsTheOldMasterKey() throws Exception {
    open();
    var before = Files.readString(file);
    MasterKey.loadOrCreate(next);
    assertOpens(sealed());
    assertThat(file).hasContent(before);
  }

  @Test
  void usesTheNewMasterKeyWhenTheOldFileIsGone() throws Exception {
    byte[] sealed = sealed();
    wrappedByNext();
    Files.delete(file);
    assertOpens(sealed);
  }

  @Test
  void rotationCanBeRepeatedAfterACrash() throws Exception {
    byte[] sealed = sealed();
    MasterKey.loadOrCreate(next);
    assertThat(DataKeys.rotate(records, file, clock)).isEqualTo(1);
    assertOpens(sealed);
    wrappedByNext();
    var interrupted = Files.readString(next);
    assertThat(DataKeys.rotate(records, file, clock)).isEqualTo(1);
    assertThat(Files.readString(file)).isNotEqualTo(interrupted);
    assertOpens(sealed);
  }

  /// The work done by a rotation that is interrupted at its last step.
  private void wrappedByNext() {
    var present = MasterKey.loadOrCreate(file);
    DataKeys.open(records, MasterKeys.changed(present, MasterKey.loadOrCreate(next)), clock);
  }

  /// Whether a store applies a change before it throws.
  enum Change {
    NOT_APPLIED,
    APPLIED
  }

  @ParameterizedTest
  @EnumSource(Change.class)
  void failingStoreLeavesOldOrNewMasterKey(Change change) {
    byte[] sealed = sealed();
    assertThatThrownBy(() -> DataKeys.rotate(new ThrowingRecords(records, change), file, clock))
        .isInstanceOf(StoreException.class);
    assertOpens(sealed);
  }

  /// Records whose every change throws.
  private static final class ThrowingRecords extends ForwardingRecordStore {
    private final Change change;

    ThrowingRecords(RecordStore records, Change change) {
      super(records);
      this.change = change;
    }

    @Override
    public boolean put(List<Entry> entries) {
      boolean applied = change == Change.APPLIED && records.put(entries);
      throw new StoreException("injected: changed: " + applied);
    }

    @Override
    public boolean remove(Entry stored) {
      throw new StoreException("injected: not removed");
    }
  }
}
