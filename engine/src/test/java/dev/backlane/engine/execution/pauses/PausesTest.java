package dev.backlane.engine.execution.pauses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.execution.pauses.Pause.Scope;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PausesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30Z");
  private static final QueueKey KEY = new QueueKey("nordlys", "POST /invoices/*");

  private final RecordStore records = new MemoryStore().records();
  private final Pauses pauses = new Pauses(records, InstantSource.fixed(NOW));

  @Test
  void pausesATenantARouteOrEverything() {
    assertThat(pauses.test(KEY)).isFalse();
    for (var scope : Scope.values()) {
      var name =
          switch (scope) {
            case TENANT -> KEY.owner();
            case ROUTE -> KEY.lane();
            case UPSTREAM -> "";
          };
      var pause = pauses.pause(scope, name, "ola", "maintenance").orElseThrow();
      assertThat(pause).isEqualTo(new Pause(scope, name, "ola", NOW, "maintenance"));
      assertThat(pauses.test(KEY)).isTrue();
      assertThat(pauses.on(KEY)).containsExactly(pause);
      assertThat(pauses.test(new QueueKey("other", ""))).isEqualTo(scope == Scope.UPSTREAM);
      assertThat(pauses.resume(scope, name)).isTrue();
      assertThat(pauses.resume(scope, name)).isFalse();
      assertThat(pauses.test(KEY)).isFalse();
    }
  }

  @Test
  void keepsTheFirstPauseOfAName() {
    pauses.pause(Scope.TENANT, "nordlys", "ola", "first");
    assertThat(pauses.pause(Scope.TENANT, "nordlys", "kari", "second").orElseThrow().by())
        .isEqualTo("ola");
    assertThat(pauses.all()).hasSize(1);
  }

  @Test
  void anotherNodeSeesAPauseOnceItRefreshes() {
    pauses.pause(Scope.ROUTE, KEY.lane(), "ola", "");
    var other = new Pauses(records, InstantSource.system());
    assertThat(other.all()).isEqualTo(pauses.all());
    pauses.resume(Scope.ROUTE, KEY.lane());
    assertThat(other.test(KEY)).isTrue();
    other.refresh();
    assertThat(other.test(KEY)).isFalse();
  }

  @Test
  void boundsTheNumberOfPauses() {
    for (int i = 0; i < Pauses.PAUSES_MAX; i++) {
      assertThat(pauses.pause(Scope.TENANT, "tenant-" + i, "ola", "")).isPresent();
    }
    assertThat(pauses.pause(Scope.TENANT, "one more", "ola", "")).isEmpty();
  }

  @Test
  void reportsADamagedRecord() {
    records.put(List.of(new RecordStore.Entry("pause", "tenant/x", 0, new byte[] {9})));
    assertThatThrownBy(pauses::refresh)
        .isInstanceOf(StoreException.Damaged.class)
        .hasMessageContaining("tenant/x");
  }
}
