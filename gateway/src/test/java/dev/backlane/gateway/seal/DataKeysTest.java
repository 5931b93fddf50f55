package dev.backlane.gateway.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.ForwardingRecordStore;
import dev.backlane.store.testkit.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Data keys with a given master key.
final class DataKeysTest {
  private static final String TENANT = "company-1";
  private static final byte[] NAME = {1, 2, 3};
  private static final byte[] CLEAR = "a value".getBytes(StandardCharsets.UTF_8);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
  private final MasterKey masterKey = MasterKey.passing();
  private MemoryStore store = new MemoryStore();

  private DataKeys open(MasterKey with) {
    return DataKeys.open(store.records(), MasterKeys.of(with), clock);
  }

  private static byte[] seal(DataKeys keys) {
    return new Seal(keys, "test").seal(CLEAR, TENANT, NAME);
  }

  private static void assertOpens(DataKeys keys, byte[] sealed) {
    assertThat(new Seal(keys, "test").open(sealed, NAME)).isEqualTo(CLEAR);
  }

  private List<RecordStore.Entry> stored() {
    return store.records().list(DataKeys.KIND);
  }

  @Test
  void newTenantKeyIsDurableOnFirstUse() {
    var keys = open(masterKey);
    assertThat(stored()).isEmpty();
    byte[] sealed = seal(keys);
    assertThat(stored()).hasSize(1);
    store = store.reopened();
    assertOpens(open(masterKey), sealed);
  }

  @Test
  void concurrentFirstUsesCreateOneKeyPerTenant() throws Exception {
    var keys = open(masterKey);
    var asked = new ArrayList<Future<DataKey>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int each = 0; each < 32; each++) {
        asked.add(threads.submit(() -> keys.current(TENANT)));
      }
      for (var one : asked) {
        assertThat(one.get()).isSameAs(keys.current(TENANT));
      }
    }
    assertThat(stored()).hasSize(1);
  }

  @Test
  void eachTenantHasItsOwnKeyAfterReopening() {
    var keys = open(masterKey);
    for (var tenant : List.of("", "a", "æ ✓", "x".repeat(1_000))) {
      var key = keys.current(tenant);
      store = store.reopened();
      keys = open(masterKey);
      var again = keys.current(tenant);
      assertThat(again.id()).isEqualTo(key.id());
      assertThat(again.tenant()).isEqualTo(tenant);
      assertThat(again.createdAt()).isEqualTo(key.createdAt());
      assertThat(again.secret()).isEqualTo(key.secret());
    }
    assertThat(stored()).hasSize(4);
    assertThat(keys.list()).extracting(DataKeys.KeyInfo::current).containsOnly(true);
  }

  @Test
  void storedKeyDoesNotContainItsSecret() {
    var key = open(masterKey).current(TENANT);
    var stored = HexFormat.of().formatHex(stored().getFirst().value());
    assertThat(stored)
        .contains(DataKey.hex(key.id()))
        .doesNotContain(HexFormat.of().formatHex(key.secret()));
    assertThat(key.toString() + masterKey)
        .isEqualTo(
            "DataKey[%s]MasterKey[%s]", DataKey.hex(key.id()), MasterKey.hex(masterKey.id()));
  }

  @Test
  void refusesAnotherMasterKeyNamingBothIds() {
    seal(open(masterKey));
    var other = MasterKey.passing();
    assertThatThrownBy(() -> open(other))
        .isInstanceOf(MasterKeyException.class)
        .hasMessageContainingAll(MasterKey.hex(masterKey.id()), MasterKey.hex(other.id()));
    assertThatThrownBy(() ->
            DataKeys.open(store.records(), MasterKeys.changed(MasterKey.passing(), other), clock))
        .isInstanceOf(MasterKeyException.class)
        .hasMessageContainingAll(MasterKey.hex(masterKey.id()), MasterKey.hex(other.id()));
  }

  @Test
  void masterKeyIdIsTheSameInEveryProcess() {
    var text = Base64.getEncoder().encodeToString(new byte[MasterKey.KEY_BYTES]);
    byte[] sealed = seal(open(MasterKey.ofBase64(text)));
    assertOpens(open(MasterKey.ofBase64(" " + text + "\n")), sealed);
  }

  @Test
  void rewrapsKeysOfThePreviousMasterKey() {
    var before = open(masterKey);
    byte[] sealed = seal(before);
    before.current("company-2");
    var next = MasterKey.passing();
    assertOpens(DataKeys.open(store.records(), MasterKeys.changed(masterKey, next), clock), sealed);
    assertThat(stored())
        .hasSize(2)
        .allSatisfy(entry -> {
          assertThat(entry.version()).isEqualTo(1);
          assertThat(WrappedKey.masterKeyId(entry.value())).isEqualTo(next.id());
        });
    store = store.reopened();
    assertOpens(open(next), sealed);
    assertThatThrownBy(() -> open(masterKey)).isInstanceOf(MasterKeyException.class);
  }

  @Test
  void unneededPreviousMasterKeyHasNoEffect() {
    byte[] sealed = seal(open(masterKey));
    for (var previous : List.of(MasterKey.passing(), masterKey)) {
      assertOpens(
          DataKeys.open(store.records(), MasterKeys.changed(previous, masterKey), clock), sealed);
    }
    assertThat(stored().getFirst().version()).isZero();
  }

  @Test
  void nodeThatRewrapsLaterHasTheSameKeys() {
    byte[] sealed = seal(open(masterKey));
    var next = MasterKey.passing();
    var overtaken =
        new OvertakenRecords(
            store.records(),
            () -> DataKeys.open(store.records(), MasterKeys.changed(masterKey, next), clock));
    assertOpens(DataKeys.open(overtaken, MasterKeys.changed(masterKey, next), clock), sealed);
    assertThat(stored().getFirst().version()).isEqualTo(1);
    assertOpens(open(next), sealed);
  }

  /// Records that run an action before each change, as another node would.
  private static final class OvertakenRecords extends ForwardingRecordStore {
    private final Runnable before;

    OvertakenRecords(RecordStore records, Runnable before) {
      super(records);
      this.before = before;
    }

    @Override
    public boolean put(List<Entry> next) {
      before.run();
      return records.put(next);
    }
  }

  @Test
  void nodesOpenEachOthersSealedValues() {
    var one = open(masterKey);
    var other = open(masterKey);
    byte[] byOne = seal(one);
    byte[] byOther = seal(other);
    assertOpens(other, byOne);
    assertOpens(one, byOther);
    clock.advance(Duration.ofSeconds(1));
    one.renew();
    assertOpens(other, seal(one));
    assertOpens(one, seal(other));
    var third = open(masterKey);
    assertOpens(third, byOne);
    assertOpens(third, byOther);
  }

  @Test
  void newKeySealsNewValuesAndOldKeyOpensOldOnes() {
    var keys = open(masterKey);
    byte[] old = seal(keys);
    keys.current("company-2");
    long oldId = keys.current(TENANT).id();
    clock.advance(Duration.ofMillis(1));
    assertThat(keys.renew()).isEqualTo(2);
    long newId = keys.current(TENANT).id();
    assertThat(newId).isNotEqualTo(oldId);
    byte[] fresh = seal(keys);
    for (int run = 0; run < 2; run++) {
      assertOpens(keys, old);
      assertOpens(keys, fresh);
      assertThat(keys.current(TENANT).id()).isEqualTo(newId);
      assertThat(keys.list())
          .filteredOn(key -> key.tenant().equals(TENANT))
          .extracting(DataKeys.KeyInfo::id, DataKeys.KeyInfo::current)
          .containsExactly(tuple(DataKey.hex(oldId), false), tuple(DataKey.hex(newId), true));
      store = store.reopened();
      keys = open(masterKey);
    }
    assertThat(stored()).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT0.0001S", "PT-1H"})
  void newestKeySealsWhateverTheClockShows(Duration step) {
    var keys = open(masterKey);
    var ids = new HashSet<Long>();
    for (int round = 0; round < 20; round++) {
      assertThat(ids.add(keys.current(TENANT).id())).isTrue();
      clock.advance(step);
      keys.renew();
    }
    long last = keys.current(TENANT).id();
    store = store.reopened();
    assertThat(open(masterKey).current(TENANT).id()).isEqualTo(last);
  }

  @Test
  void rotatesNoKeysWhenNothingIsSealed() {
    assertThat(open(masterKey).renew()).isZero();
    assertThat(stored()).isEmpty();
  }

  @Test
  void reportsAMissingKey() {
    byte[] sealed = seal(open(masterKey));
    var entry = stored().getFirst();
    assertThat(store.records().remove(entry)).isTrue();
    var keys = open(masterKey);
    assertThatThrownBy(() -> new Seal(keys, "test").open(sealed, NAME))
        .isInstanceOf(UnsealException.class)
        .hasMessageContaining(entry.name());
  }

  @Test
  void refusesAStoredKeyWithAnyChangedByte() {
    seal(open(masterKey));
    byte[] whole = stored().getFirst().value();
    for (int at = 0; at < whole.length; at++) {
      for (int bit : new int[] {1, 0x80}) {
        byte[] changed = whole.clone();
        changed[at] ^= (byte) bit;
        assertRefused(changed);
      }
    }
  }

  @Test
  void refusesATruncatedOrExtendedStoredKey() {
    seal(open(masterKey));
    byte[] whole = stored().getFirst().value();
    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length));
    }
    assertRefused(Arrays.copyOf(whole, whole.length + 1));
  }

  private void assertRefused(byte[] value) {
    var entry = stored().getFirst();
    assertThat(store.records().put(List.of(entry.to(value)))).isTrue();
    assertThatThrownBy(() -> open(masterKey)).isInstanceOf(MasterKeyException.class);
  }
}
