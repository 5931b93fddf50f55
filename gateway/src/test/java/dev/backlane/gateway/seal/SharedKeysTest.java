package dev.backlane.gateway.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.ForwardingRecordStore;
import dev.backlane.store.testkit.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Data keys of several nodes that share a store.
final class SharedKeysTest {
  private static final String TENANT = "company-1";
  private static final byte[] NAME = {1, 2, 3};
  private static final byte[] CLEAR = "a value".getBytes(StandardCharsets.UTF_8);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
  private final RecordStore records = new MemoryStore().records();
  private final MasterKey masterKey = MasterKey.passing();
  private final MasterKey newMasterKey = MasterKey.passing();

  private DataKeys node() {
    return node(MasterKeys.of(masterKey));
  }

  private DataKeys node(MasterKeys masterKeys) {
    return DataKeys.openShared(records, masterKeys, clock);
  }

  private static byte[] seal(DataKeys node) {
    return seal(node, TENANT);
  }

  private static byte[] seal(DataKeys node, String tenant) {
    return new Seal(node, "test").seal(CLEAR, tenant, NAME);
  }

  private static void assertOpens(DataKeys node, byte[] sealed) {
    assertThat(new Seal(node, "test").open(sealed, NAME)).isEqualTo(CLEAR);
  }

  private long stored(String tenant) {
    return node().list().stream().filter(key -> key.tenant().equals(tenant)).count();
  }

  /// Records that run an action before each change, or count concurrent queries.
  private static final class WatchedRecords extends ForwardingRecordStore {
    private final Runnable beforePut;
    private final AtomicInteger asking;

    WatchedRecords(RecordStore records, Runnable beforePut, AtomicInteger asking) {
      super(records);
      this.beforePut = beforePut;
      this.asking = asking;
    }

    @Override
    public Optional<Entry> find(String kind, String name) {
      assertThat(asking.incrementAndGet()).isEqualTo(1);
      var found = records.find(kind, name);
      asking.decrementAndGet();
      return found;
    }

    @Override
    public boolean put(List<Entry> next) {
      beforePut.run();
      return records.put(next);
    }
  }

  private WatchedRecords before(Runnable put) {
    return new WatchedRecords(records, put, new AtomicInteger());
  }

  @Test
  void nodeOpensAtOnceWhatAnotherSeals() {
    var one = node();
    var other = node();
    for (var tenant : List.of("a", "b", "c")) {
      assertOpens(other, seal(one, tenant));
      assertOpens(one, seal(other, tenant));
      one.renew();
      assertOpens(other, seal(one, tenant));
    }
  }

  @Test
  void usesATenantsFirstKeyOfAnotherNode() {
    var one = node();
    var other = node();
    seal(one);
    seal(other);
    assertThat(stored(TENANT)).isEqualTo(1);
  }

  @Test
  void nodesAgreeOnOneConcurrentlyCreatedFirstKey() {
    var one = node();
    var byOne = new ArrayList<byte[]>();
    var other =
        DataKeys.openShared(before(() -> byOne.add(seal(one))), MasterKeys.of(masterKey), clock);
    byte[] byOther = seal(other);
    assertThat(stored(TENANT)).isEqualTo(2);
    assertOpens(other, byOne.getFirst());
    assertOpens(one, byOther);
    one.refresh();
    other.refresh();
    assertThat(one.current(TENANT).id())
        .isEqualTo(other.current(TENANT).id())
        .isEqualTo(node().current(TENANT).id());
  }

  @Test
  void allNodesUseTheNewKeyAfterRefresh() {
    var one = node();
    var other = node();
    seal(one);
    seal(other);
    var command = node();
    assertThat(command.renew()).isEqualTo(2);
    assertThat(other.current(TENANT).id()).isNotEqualTo(command.current(TENANT).id());
    for (var node : List.of(one, other)) {
      node.refresh();
      assertThat(node.current(TENANT).id()).isEqualTo(command.current(TENANT).id());
    }
  }

  @Test
  void looksUpUnknownKeysOneAtATime() throws Exception {
    var node = DataKeys.openShared(before(() -> {}), MasterKeys.of(masterKey), clock);
    try (var threads = Executors.newFixedThreadPool(8)) {
      var asked =
          LongStream.range(0, 10_000)
              .mapToObj(id ->
                  threads.submit(() ->
                      assertThatThrownBy(() -> node.of(id)).isInstanceOf(UnsealException.class)))
              .toList();
      for (var one : asked) {
        one.get();
      }
    }
  }

  @Test
  void refusesAnotherMasterKeyThoughNothingIsSealed() {
    node();
    var another = MasterKeys.of(MasterKey.passing());
    assertThatThrownBy(() -> node(another))
        .isInstanceOf(MasterKeyException.class)
        .hasMessageContaining(MasterKey.hex(masterKey.id()));
    assertThatCode(this::node).doesNotThrowAnyException();
  }

  @Test
  void oneOfTwoConcurrentMasterKeysIsRefused() {
    var overtaken = before(this::node);
    var another = MasterKeys.of(MasterKey.passing());
    assertThatThrownBy(() -> DataKeys.openShared(overtaken, another, clock))
        .isInstanceOf(MasterKeyException.class);
    assertThatCode(this::node).doesNotThrowAnyException();
  }

  /// Nodes whose configuration is changed one after the other while all of them run.
  private final class Nodes {
    private final List<MasterKeys> configured = new ArrayList<>();
    private final List<DataKeys> running = new ArrayList<>();
    private final List<byte[]> sealed = new ArrayList<>();

    Nodes(int count) {
      for (int each = 0; each < count; each++) {
        configured.add(MasterKeys.of(masterKey));
        running.add(node());
      }
    }

    void changeAll(MasterKeys to) {
      for (int each = 0; each < running.size(); each++) {
        configured.set(each, to);
        running.set(each, node(to));
        work();
        // A node with any of the configurations can restart in the middle of it.
        int last = running.size() - 1;
        running.set(last, node(configured.get(last)));
        work();
      }
    }

    /// Each node seals for a tenant of its own and for a common one; each opens what all have
    /// sealed.
    void work() {
      for (var node : List.copyOf(running)) {
        sealed.add(seal(node));
        sealed.add(seal(node, "company-" + sealed.size()));
        clock.advance(Duration.ofSeconds(2));
        running.forEach(each -> sealed.forEach(value -> assertOpens(each, value)));
      }
    }

    void refresh() {
      running.forEach(DataKeys::refresh);
    }
  }

  @Test
  void rollingMasterKeyChangeLosesNothing() {
    var nodes = new Nodes(3);
    nodes.work();

    nodes.changeAll(new MasterKeys(masterKey, Optional.empty(), Optional.of(newMasterKey)));
    assertWrappedBy(masterKey);
    nodes.changeAll(MasterKeys.changed(masterKey, newMasterKey));
    nodes.refresh();
    assertWrappedBy(newMasterKey);
    // Rewrapped once: no node wraps back.
    assertThat(records.list(DataKeys.KIND))
        .allSatisfy(entry -> assertThat(entry.version()).isLessThanOrEqualTo(1));

    nodes.changeAll(MasterKeys.of(newMasterKey));
    assertThatThrownBy(this::node).isInstanceOf(MasterKeyException.class);
  }

  private void assertWrappedBy(MasterKey by) {
    assertThat(records.list(DataKeys.KIND))
        .isNotEmpty()
        .allSatisfy(entry -> assertThat(WrappedKey.masterKeyId(entry.value())).isEqualTo(by.id()));
  }

  @Test
  void rewrapsKeysThatALateNodeWrapsWithTheOldOne() {
    var late = node(new MasterKeys(masterKey, Optional.empty(), Optional.of(newMasterKey)));
    var changed = node(MasterKeys.changed(masterKey, newMasterKey));
    byte[] sealed = seal(late);
    assertThatThrownBy(() -> node(MasterKeys.of(newMasterKey)))
        .isInstanceOf(MasterKeyException.class);
    changed.refresh();
    assertWrappedBy(newMasterKey);
    assertOpens(node(MasterKeys.of(newMasterKey)), sealed);
  }

  @Test
  void nodeWithoutTheNextKeyRunsAndReportsWhy() {
    var outdated = node();
    byte[] before = seal(outdated);
    var changed = node(MasterKeys.changed(masterKey, newMasterKey));
    byte[] after = seal(changed, "company-2");
    outdated.refresh();
    assertOpens(outdated, before);
    assertOpens(changed, seal(outdated));
    assertThatThrownBy(() -> new Seal(outdated, "test").open(after, NAME))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(MasterKey.hex(newMasterKey.id()));
  }
}
