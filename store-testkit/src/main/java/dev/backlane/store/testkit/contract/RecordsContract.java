package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.RecordStore.Entry;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.testkit.Samples;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Records of the gateway: stored together or not at all, version by version, and listed by kind.
abstract class RecordsContract extends StoreTopic {
  RecordsContract(StoreFixture fixture) {
    super(fixture);
  }

  private static final String KIND = "data-key";

  private static Entry entry(String kind, String name, String value) {
    return new Entry(kind, name, 0, value.getBytes(StandardCharsets.UTF_8));
  }

  private static Entry next(Entry entry, String value) {
    return entry.to(value.getBytes(StandardCharsets.UTF_8));
  }

  private Entry put(Entry entry) {
    assertThat(records().put(List.of(entry))).isTrue();
    return entry;
  }

  private void assertStored(Entry entry) {
    assertThat(records().find(entry.kind(), entry.name()).orElseThrow())
        .usingRecursiveComparison()
        .isEqualTo(entry);
  }

  private void assertListed(String kind, Entry... entries) {
    assertThat(records().list(kind))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(entries);
  }

  @Test
  void findsARecordAfterARestart() throws Exception {
    var stored = new ArrayList<Entry>();
    stored.add(put(entry(KIND, "name", "value")));
    stored.add(put(entry(KIND, "æ ✓/..\"", "æøå ✓")));
    stored.add(put(entry(KIND, "empty", "")));
    stored.add(put(new Entry("subscription", "bytes", 0, Samples.bytes(10_000, 1))));
    stored.add(put(next(put(next(put(entry(KIND, "changed", "0")), "1")), "2")));
    for (int run = 0; run < 2; run++) {
      stored.forEach(this::assertStored);
      assertThat(records().find(KIND, "changed").orElseThrow().version()).isEqualTo(2);
      restart();
    }
  }

  @Test
  void doesNotFindAnUnknownRecord() {
    put(entry(KIND, "name", "value"));
    assertThat(records().find(KIND, "other")).isEmpty();
    assertThat(records().find(KIND, "nam")).isEmpty();
    assertThat(records().find("other", "name")).isEmpty();
    assertThat(records().list("other")).isEmpty();
  }

  @Test
  void acceptsOnlyTheNextVersionOfARecord() throws Exception {
    var first = put(entry(KIND, "name", "0"));
    assertThat(records().put(List.of(first))).as("exists already").isFalse();
    assertThat(records().put(List.of(next(next(first, "1"), "2"))))
        .as("a version is skipped")
        .isFalse();
    var second = put(next(first, "1"));
    assertThat(records().put(List.of(next(first, "late")))).as("stale version").isFalse();
    assertThat(records().put(List.of(next(entry(KIND, "new", "0"), "1"))))
        .as("unknown record")
        .isFalse();
    for (int run = 0; run < 2; run++) {
      assertListed(KIND, second);
      restart();
    }
  }

  @Test
  void storesSeveralRecordsTogetherOrNotAtAll() throws Exception {
    var a = put(entry(KIND, "a", "0"));
    var b = put(entry(KIND, "b", "0"));
    var late = next(b, "1");
    var c = entry("other", "c", "0");
    put(late);
    assertThat(records().put(List.of(next(a, "1"), next(b, "late"), c))).isFalse();
    assertThat(records().put(List.of(c, next(late, "2"), a))).isFalse();
    for (int run = 0; run < 2; run++) {
      assertListed(KIND, a, late);
      assertListed("other");
      restart();
    }
    assertThat(records().put(List.of(next(a, "1"), next(late, "2"), c))).isTrue();
    for (int run = 0; run < 2; run++) {
      assertListed(KIND, next(a, "1"), next(late, "2"));
      assertListed("other", c);
      restart();
    }
  }

  @Test
  void storesAnEmptyListOfRecords() {
    assertThat(records().put(List.of())).isTrue();
  }

  @Test
  void storesOneOfManyConcurrentChanges() throws Exception {
    var stored = put(entry(KIND, "name", "0"));
    for (int round = 0; round < 10; round++) {
      var from = stored;
      var numbers = new AtomicInteger();
      var won =
          together(
                  20,
                  () -> {
                    var to = next(from, "by " + numbers.incrementAndGet());
                    return records().put(List.of(to)) ? List.of(to) : List.<Entry>of();
                  })
              .stream()
              .flatMap(List::stream)
              .toList();
      assertThat(won).hasSize(1);
      stored = won.getFirst();
      assertStored(stored);
    }
  }

  @Test
  void removesARecordAndCreatesItAgain() throws Exception {
    var removed = put(next(put(entry(KIND, "name", "0")), "1"));
    var other = put(entry(KIND, "other", "0"));
    assertThat(records().remove(removed)).isTrue();
    for (int run = 0; run < 2; run++) {
      assertThat(records().find(KIND, "name")).isEmpty();
      assertListed(KIND, other);
      restart();
    }
    assertThat(records().remove(removed)).as("removed already").isFalse();
    assertThat(records().put(List.of(next(removed, "2")))).isFalse();
    var again = put(entry(KIND, "name", "again"));
    assertListed(KIND, again, other);
  }

  @Test
  void removesOnlyTheStoredVersionOfARecord() {
    var first = put(entry(KIND, "name", "0"));
    var second = put(next(first, "1"));
    assertThat(records().remove(first)).isFalse();
    assertThat(records().remove(next(second, "2"))).isFalse();
    assertThat(records().remove(entry(KIND, "other", ""))).isFalse();
    assertListed(KIND, second);
  }

  @Test
  void listsTheRecordsOfAKindByName() throws Exception {
    var b = put(entry("data-key", "b", "1"));
    var a = put(entry("data-key", "a", "2"));
    var aa = put(entry("data-key", "aa", "3"));
    var longer = put(entry("data-key-2", "a", "4"));
    var shorter = put(entry("data", "-keya", "5"));
    for (int run = 0; run < 2; run++) {
      assertListed("data-key", a, aa, b);
      assertListed("data-key-2", longer);
      assertListed("data", shorter);
      assertListed("dat");
      assertListed("");
      restart();
    }
  }

  @Test
  void refusesRecordsAfterClose() {
    var entry = put(entry(KIND, "name", "0"));
    RecordStore closed = records();
    opened.close();
    for (Runnable call :
        List.<Runnable>of(
            () -> closed.find(KIND, "name"),
            () -> closed.list(KIND),
            () -> closed.put(List.of(next(entry, "1"))),
            () -> closed.remove(entry))) {
      assertThatThrownBy(call::run)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("closed");
    }
  }
}
