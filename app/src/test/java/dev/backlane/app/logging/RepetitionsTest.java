package dev.backlane.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.logging.Repetitions.Count;
import org.junit.jupiter.api.Test;

final class RepetitionsTest {
  private static final long WINDOW = 10;

  private final Repetitions<String> repetitions = new Repetitions<>(WINDOW);

  @Test
  void writesTheFirstAndCountsTheRest() {
    assertThat(repetitions.isFirst("away", "1", 0)).isTrue();
    assertThat(repetitions.isFirst("away", "2", 1)).isFalse();
    assertThat(repetitions.isFirst("other", "3", 1)).isTrue();
    assertThat(repetitions.isFirst("away", "4", 9)).isFalse();
    assertThat(repetitions.due(9)).isEmpty();
    assertThat(repetitions.due(WINDOW)).containsExactly(new Count<>("1", 2));
  }

  @Test
  void countsABurstThatContinues() {
    assertThat(repetitions.isFirst("away", "1", 0)).isTrue();
    assertThat(repetitions.isFirst("away", "2", 5)).isFalse();
    assertThat(repetitions.due(10)).containsExactly(new Count<>("1", 1));
    assertThat(repetitions.isFirst("away", "3", 11)).isFalse();
    assertThat(repetitions.due(20)).containsExactly(new Count<>("1", 1));
    assertThat(repetitions.due(30)).isEmpty();
    assertThat(repetitions.isFirst("away", "4", 31)).isTrue();
  }

  @Test
  void reportsWhatIsCountedAtTheEnd() {
    assertThat(repetitions.isFirst("away", "1", 0)).isTrue();
    assertThat(repetitions.isFirst("away", "2", 1)).isFalse();
    assertThat(repetitions.end()).containsExactly(new Count<>("1", 1));
    assertThat(repetitions.end()).isEmpty();
  }

  @Test
  void writesEachLineBeyondItsBounds() {
    for (int i = 0; i < Repetitions.KINDS_MAX; i++) {
      assertThat(repetitions.isFirst("kind " + i, "", 0)).isTrue();
    }
    assertThat(repetitions.isFirst("one more", "", 0)).isTrue();
    assertThat(repetitions.isFirst("one more", "", 0)).isTrue();
    assertThat(repetitions.isFirst("kind 0", "", 0)).isFalse();

    assertThat(repetitions.due(WINDOW)).hasSize(1);
    var longText = "x".repeat(Repetitions.CHARS_MAX + 1);
    assertThat(repetitions.isFirst(longText, "", 0)).isTrue();
    assertThat(repetitions.isFirst(longText, "", 0)).isTrue();
  }
}
