package dev.backlane.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Shows that the configured build rejects faulty sources. Maven builds each project with the real
/// root pom.
final class BuildGatesTest {
  private static final String MARKED =
      """
      /// Planted.
      @NullMarked
      package dev.backlane.planted;

      import org.jspecify.annotations.NullMarked;
      """;

  private static final String SOUND =
      """
      package dev.backlane.planted;

      /// A class without faults.
      ///
      /// - a list   with  spaces that the formatter must keep, and %s
      public final class Sound {
        private Sound() {}

        /// Adds.
        public static int sum(int a, int b) {
          return a + b;
        }
      }
      """
          .formatted("a line of more than one hundred columns ".repeat(2).strip());

  @Test
  void buildsASourceWithoutViolations() throws IOException, InterruptedException {
    var outcome = project().with("Sound", SOUND).build("verify");

    assertThat(outcome.output())
        .contains("BUILD SUCCESS", "spotless-maven-plugin", "maven-enforcer-plugin");
    assertThat(outcome.exitCode()).isZero();
  }

  @Test
  void errorProneAndNullAwayRejectMistakes() throws IOException, InterruptedException {
    var outcome =
        project()
            .with(
                "IgnoredResult",
                """
                package dev.backlane.planted;

                public final class IgnoredResult {
                  private IgnoredResult() {}

                  public static void trim(String text) {
                    text.trim();
                  }
                }
                """)
            .with(
                "NullReturn",
                """
                package dev.backlane.planted;

                public final class NullReturn {
                  private NullReturn() {}

                  public static String name() {
                    return null;
                  }
                }
                """)
            .build("compile");

    assertThat(outcome.output())
        .containsPattern("ERROR.*IgnoredResult\\.java.*\\[ReturnValueIgnored\\]")
        .containsPattern("ERROR.*NullReturn\\.java.*\\[NullAway\\]");
    assertThat(outcome.exitCode()).isNotZero();
  }

  @Test
  void rejectsACompilerWarning() throws IOException, InterruptedException {
    var outcome =
        project()
            .with(
                "Raw",
                """
                package dev.backlane.planted;

                import java.util.List;

                public final class Raw {
                  private Raw() {}

                  public static int size(List list) {
                    return list.size();
                  }
                }
                """)
            .build("compile");

    assertThat(outcome.output())
        .containsPattern("WARNING.*Raw\\.java.*found raw type")
        .contains("warnings found and -Werror specified");
    assertThat(outcome.exitCode()).isNotZero();
  }

  @Test
  void rejectsAMisformattedFile() throws IOException, InterruptedException {
    var outcome =
        project().with("Sound", SOUND.replace("return a + b;", "return a+b;")).build("verify");

    assertThat(outcome.output()).contains("format violations", "Sound.java");
    assertThat(outcome.exitCode()).isNotZero();
  }

  private static PlantedProject project() throws IOException {
    return PlantedProject.create().with("package-info", MARKED);
  }
}
