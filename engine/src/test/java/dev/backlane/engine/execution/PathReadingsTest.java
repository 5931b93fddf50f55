package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PathReadingsTest {
  private static final String CHARACTERS = "ab/.;%#\\25fF~!{ \u0000\u00fc";
  private static final int PATHS = 20_000;
  private static final int LENGTH_MAX = 9;

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "//", "/a", "/a/", "/a//", "/a/b.c", "/.a", "/a/..", "a", "/a/b/c/d/e"})
  void readsPlainPathsAsAllOthers(String path) {
    assertThat(PathReadings.of(path)).isEqualTo(PathReadings.ofAny(path));
  }

  @Test
  void readsRandomPathsTheSameWithAndWithoutTheShortcut() {
    var random = new Random(1);
    for (int each = 0; each < PATHS; each++) {
      var path = new StringBuilder("/");
      for (int length = random.nextInt(LENGTH_MAX); length > 0; length--) {
        path.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
      }
      assertThat(PathReadings.of(path.toString()))
          .as(path.toString())
          .isEqualTo(PathReadings.ofAny(path.toString()));
    }
  }
}
