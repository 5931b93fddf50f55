package dev.backlane.gateway.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.gateway.operator.Readiness.State;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
  private static final Admission FULL = () -> Optional.of("the disk is full");

  private final OperationStore store = new MemoryStore().operations();
  private final OperationStore away =
      new ForwardingStore(store) {
        @Override
        public void probe() {
          throw new StoreException("connection refused");
        }
      };
  private boolean stopping;
  private boolean readyWithoutStore;

  private State state(OperationStore probed, Admission admission) {
    return new Readiness(probed, admission, () -> stopping, () -> readyWithoutStore).state();
  }

  @Test
  void isReadyWhileTheStoreWorks() {
    assertThat(state(store, Admission.OPEN))
        .isEqualTo(new State(true, true, true, Optional.empty()));
  }

  @Test
  void isNotReadyWithoutStoreByDefault() {
    assertThat(state(away, Admission.OPEN))
        .isEqualTo(new State(false, true, false, Optional.of("store-unavailable")));
  }

  @Test
  void staysReadyForProxiedCallsBySetting() {
    readyWithoutStore = true;
    var expected = new State(true, true, false, Optional.of("store-unavailable"));
    assertThat(state(away, Admission.OPEN)).isEqualTo(expected);
    assertThat(state(store, FULL)).isEqualTo(expected);
  }

  @Test
  void isNeverReadyWhileItStops() {
    readyWithoutStore = true;
    stopping = true;
    assertThat(state(away, Admission.OPEN))
        .isEqualTo(new State(false, false, false, Optional.of("draining")));
  }
}
