package dev.backlane.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.failure.StoreException;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(800);

  @Test
  void keepsTheLastEighthForSmallBodies() {
    try (var large = budget.reservation();
        var small = budget.reservation()) {
      assertThat(large.tryGrow(700)).isTrue();
      assertThat(large.tryGrow(1)).isFalse();
      small.require(100);
      assertThatThrownBy(() -> small.require(1)).isInstanceOf(OverBudgetException.class);
      assertThat(budget.bytesUsed()).isEqualTo(800);
      assertThat(budget.refusals()).isEqualTo(2);
    }
    assertThat(budget.bytesUsed()).isZero();
  }

  @Test
  void overdraftExceedsTheBudgetOnlyByWhatIsRequired() {
    try (var all = budget.reservation();
        var response = budget.overdraft()) {
      all.require(800);
      assertThat(response.tryGrow(1)).isFalse();
      response.require(50);
      assertThat(budget.bytesUsed()).isEqualTo(850);
    }
    assertThat(budget.bytesUsed()).isZero();
  }

  @Test
  void partsCountInTheWhole() {
    var half = budget.part(50);
    try (var reads = half.reservation();
        var bodies = budget.reservation()) {
      assertThatThrownBy(() -> reads.require(401)).isInstanceOf(OverBudgetException.class);
      reads.require(400);
      assertThat(budget.bytesUsed()).isEqualTo(400);
      bodies.require(400);
      reads.shrinkTo(100);
      assertThat(budget.bytesUsed()).isEqualTo(500);
      assertThat(half.bytesUsed()).isEqualTo(100);
    }
    assertThat(budget.bytesUsed()).isZero();
    assertThat(half.bytesUsed()).isZero();
  }

  @Test
  void findsOutOfMemoryAmongTheCauses() {
    var none = new OutOfMemoryError("Java heap space");
    assertThat(OutOfMemory.isCauseOf(new StoreException("the commit failed", none))).isTrue();
    assertThat(OutOfMemory.isCauseOf(new StackOverflowError())).isFalse();
  }
}
