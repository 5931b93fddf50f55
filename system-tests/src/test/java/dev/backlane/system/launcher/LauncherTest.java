package dev.backlane.system.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.Folders;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.Repository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The launcher, run as a process in copies of the repository layout.
@Timeout(60)
final class LauncherTest {
  private static final Duration WAIT_MAX = Duration.ofSeconds(30);
  private static final int JAVA = Runtime.version().feature();

  @TempDir private Path folder;

  @Nested
  final class Jdks {
    @ParameterizedTest
    @MethodSource("jdks")
    @DisplayName("the launcher finds a JDK 25")
    void findsJdk(Environment environment) throws Exception {
      var layout = LauncherLayout.built(folder);
      environment.arrange(layout, folder);
      ran(layout.launch());
    }

    /// Changes the environment of the launcher.
    @FunctionalInterface
    interface Environment {
      void arrange(LauncherLayout layout, Path folder) throws Exception;
    }

    static Stream<Arguments> jdks() {
      return Stream.of(
          jdk("in the given folders, with 17 in JAVA_HOME and PATH", (_, _) -> {}),
          jdk("without JAVA_HOME", (layout, _) -> layout.without("JAVA_HOME")),
          jdk(
              "with a JAVA_HOME that is not a folder",
              (layout, _) -> layout.with("JAVA_HOME", "/none")),
          jdk(
              "in the second of the given folders",
              (layout, folder) ->
                  layout.with(
                      "BACKLANE_JDK_FOLDERS", folder.resolve("none") + ":" + layout.jdks())),
          jdk(
              "as JAVA_HOME",
              (layout, _) ->
                  layout
                      .with("JAVA_HOME", LauncherLayout.jdk().toString())
                      .with("BACKLANE_JDK_FOLDERS", "")),
          jdk(
              "in the home folder, as development environments install it",
              (layout, folder) -> {
                Files.createSymbolicLink(folder.resolve(".jdks"), layout.jdks());
                layout.without("BACKLANE_JDK_FOLDERS").with("HOME", folder.toString());
              }));
    }

    private static Arguments jdk(String where, Environment environment) {
      return Arguments.argumentSet(where, environment);
    }

    @Test
    void namesPackageIfJdkIsMissing() throws Exception {
      var layout = LauncherLayout.built(folder);
      layout.with("BACKLANE_JDK_FOLDERS", Files.createDirectory(folder.resolve("none")).toString());
      for (String command : List.of("serve", "test", "benchmark", "--version")) {
        assertNoJdk(layout.launch(command));
      }
      assertNoJdk(layout.without("JAVA_HOME").launch());
    }

    private static void assertNoJdk(Ended ended) {
      assertThat(ended.exitCode()).isEqualTo(2);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err())
          .hasSize(2)
          .allMatch(line -> line.startsWith("backlane: "))
          .anyMatch(line -> line.contains("no JDK 25 or newer found"))
          .anyMatch(line -> line.contains("temurin-25-jdk"));
    }

    @Test
    void runsWithoutHomeFolder() throws Exception {
      var layout = LauncherLayout.built(folder);
      layout.without("BACKLANE_JDK_FOLDERS").without("HOME");
      assertThat(layout.launch().err()).noneMatch(line -> line.contains("unbound variable"));
    }
  }

  @Nested
  final class Program {
    @ParameterizedTest(name = "{1}")
    @CsvSource({
      "Backlane, --version",
      "Usage: backlane, --help",
      "Usage: backlane serve, serve --help"
    })
    @DisplayName("a command of the program prints its text")
    void printsOutputOfProgram(String text, String arguments) throws Exception {
      prints(text, arguments.split(" ", -1));
    }

    @ParameterizedTest(name = "''{0}''")
    @ValueSource(strings = {"fly", "--fly"})
    @DisplayName("an unknown command and an unknown option are refused with exit code 2")
    void refusesWrongUsage(String argument) throws Exception {
      refuses(argument);
    }

    @Test
    @DisplayName("a missing command is refused with exit code 2")
    void refusesMissingCommand() throws Exception {
      refuses();
    }

    private static Ended real(String... arguments) throws Exception {
      var folder = Files.createTempDirectory("backlane-launcher-");
      try {
        return LauncherLayout.real(folder).launch(arguments);
      } finally {
        Folders.delete(folder);
      }
    }

    private static void prints(String text, String... arguments) throws Exception {
      var ended = real(arguments);
      assertThat(ended.exitCode()).as("%s", ended).isZero();
      assertThat(ended.err()).isEmpty();
      assertThat(String.join("\n", ended.out())).containsIgnoringCase(text);
    }

    private static void refuses(String... arguments) throws Exception {
      var ended = real(arguments);
      assertThat(ended.exitCode()).as("%s", ended).isEqualTo(2);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err())
          .singleElement()
          .asString()
          .startsWith("backlane: ")
          .contains("--help");
    }

    @Test
    void passesArgumentsOptionsAndExitCode() throws Exception {
      var layout = LauncherLayout.built(folder).with("BACKLANE_JAVA_OPTS", "-Xmx64m -Xss1m");
      var ended = layout.launch("fail", "a b", "", "*", "--c=\"d\"");
      assertThat(ended.exitCode()).isEqualTo(7);
      assertThat(ended.out()).endsWith("arguments [fail, a b, , *, --c=\"d\"]");
    }

    @Test
    void endsTheProgramWhenItIsOutOfMemory() throws Exception {
      var ended = LauncherLayout.built(folder).launch("options");
      assertThat(String.join("\n", ended.out())).contains("-XX:+ExitOnOutOfMemoryError");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile", "packaging/program/backlane"})
    void everyPackageEndsTheProgramWhenItIsOutOfMemory(String file) throws Exception {
      assertThat(Files.readString(Repository.root().resolve(file)))
          .contains("-XX:+ExitOnOutOfMemoryError");
    }
  }

  @Nested
  final class CallPaths {
    @ParameterizedTest
    @MethodSource("callPaths")
    @DisplayName("the launcher runs if it is called by another path")
    void runsByOtherPath(CallPath call) throws Exception {
      var layout = LauncherLayout.built(folder);
      var working = Files.createDirectories(folder.resolve("elsewhere/deep"));
      var ended = layout.launchAs(call.command(layout, folder), working);
      ran(ended);
      assertThat(ended.out()).contains("in " + working.toRealPath());
      assertThat(layout.mavenCalls()).isEmpty();
    }

    /// Another way to call the launcher.
    @FunctionalInterface
    interface CallPath {
      String command(LauncherLayout layout, Path folder) throws Exception;
    }

    static Stream<Arguments> callPaths() {
      return Stream.of(
          callPath("another working folder", (layout, _) -> layout.launcher().toString()),
          callPath("a relative path", (_, _) -> "../../the repository/backlane"),
          callPath(
              "a symbolic link",
              (layout, folder) ->
                  Files.createSymbolicLink(folder.resolve("link"), layout.launcher()).toString()),
          callPath(
              "a relative symbolic link to a symbolic link",
              (layout, folder) -> {
                Files.createSymbolicLink(folder.resolve("link"), layout.launcher());
                return Files.createSymbolicLink(
                        folder.resolve("elsewhere/second"), Path.of("../link"))
                    .toString();
              }),
          callPath(
              "a symbolic link of the repository's folder",
              (layout, folder) ->
                  Files.createSymbolicLink(folder.resolve("linked"), layout.root())
                      .resolve("backlane")
                      .toString()),
          callPath(
              "a folder that CDPATH also leads to",
              (layout, folder) -> {
                layout.with("CDPATH", folder.toString());
                Files.createSymbolicLink(folder.resolve("elsewhere/deep/linked"), layout.root());
                Files.createSymbolicLink(folder.resolve("linked"), folder.resolve("path"));
                return "linked/backlane";
              }));
    }

    private static Arguments callPath(String name, CallPath call) {
      return Arguments.argumentSet(name, call);
    }
  }

  @Nested
  final class Building {
    @Test
    void buildsOnce() throws Exception {
      var layout = LauncherLayout.unbuilt(folder);
      var first = layout.launch();
      ran(first);
      assertThat(first.err())
          .first()
          .isEqualTo("backlane: building (first time), the log is target/build.log ...");
      assertThat(first.err()).last().asString().matches("backlane: built in \\d+ s");
      assertThat(layout.mavenCalls())
          .containsExactly(
              folder.resolve("some jdks/another")
                  + " -B -ntp package -pl app -am -Dmaven.test.skip=true");

      var second = layout.launch();
      ran(second);
      assertThat(second.err()).isEmpty();
      assertThat(layout.mavenCalls()).hasSize(1);
    }

    @Test
    void skipsBuildIfJarIsNewer() throws Exception {
      var layout = LauncherLayout.built(folder);
      layout.change("app/src/test/java/MainTest.java");
      layout.change("README.md");
      var ended = layout.withoutMaven().launch();
      ran(ended);
      assertThat(ended.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("sources")
    @DisplayName("the launcher builds if a source is newer than the jar")
    void buildsIfSourceIsNewer(String source) throws Exception {
      var layout = LauncherLayout.built(folder);
      layout.change(source);
      var ended = layout.launch();
      ran(ended);
      assertThat(ended.err()).first().asString().contains("building (sources changed)");
      assertThat(layout.mavenCalls()).hasSize(1);
      assertThat(layout.launch().err()).isEmpty();
    }

    static Stream<String> sources() {
      return Stream.of(
          "pom.xml",
          "app/pom.xml",
          "app/src/main/java/Main.java",
          "app/src/main/resources/new.txt",
          "gateway/src/main/java/Another.java");
    }

    @Test
    void rebuildsSourcesChangedDuringBuild() throws Exception {
      var layout = LauncherLayout.unbuilt(folder);
      layout.stubMaven(
          """
          # Until the file is newer than the start of the build.
          until [ app/src/main/java/Main.java -nt target/build.start ]; do
            echo changed >app/src/main/java/Main.java
          done
          cp "$STUB_JAR" app/target/backlane.jar
          """);
      ran(layout.launch());
      layout.stubMaven("cp \"$STUB_JAR\" app/target/backlane.jar");
      var second = layout.launch();
      assertThat(second.err()).first().asString().contains("building (sources changed)");
      assertThat(layout.mavenCalls()).hasSize(2);
      assertThat(layout.launch().err()).isEmpty();
    }

    @Test
    void reportsFailedBuildAndRunsNothing() throws Exception {
      var layout = LauncherLayout.built(folder);
      layout.change("pom.xml");
      layout.stubMaven("echo '[INFO] Compiling'\necho '[ERROR] Main.java: no such symbol'\nexit 1");
      var ended = layout.launch();
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.out()).isEmpty();
      var log = layout.root().toRealPath().resolve("target/build.log");
      assertThat(ended.err())
          .contains(
              "[ERROR] Main.java: no such symbol",
              "backlane: the build failed; the whole log is " + log)
          .doesNotContain("[INFO] Compiling");
      assertThat(log).content().contains("[INFO] Compiling");
    }

    @Test
    void namesPackageIfMavenIsMissing() throws Exception {
      var ended = LauncherLayout.unbuilt(folder).withoutMaven().launch();
      assertThat(ended.exitCode()).isEqualTo(2);
      assertThat(ended.err()).last().asString().contains("Apache Maven", "apt-get install maven");
    }

    @Test
    @DisplayName("the wrapper builds if Maven is not installed")
    void buildsWithTheWrapperIfMavenIsMissing() throws Exception {
      var layout = LauncherLayout.unbuilt(folder).withWrapperInsteadOfMaven();
      ran(layout.launch());
      assertThat(layout.mavenCalls())
          .singleElement()
          .asString()
          .contains(" -B -ntp package -pl app");
      assertThat(layout.launch().err()).isEmpty();
    }

    @Test
    void buildsOnceForConcurrentLaunches() throws Exception {
      var layout = LauncherLayout.unbuilt(folder);
      var gate = folder.resolve("gate");
      assertThat(ExternalProgram.run(List.of("mkfifo", gate.toString())).exitCode()).isZero();
      layout.stubMaven("read line <'" + gate + "'\ncp \"$STUB_JAR\" app/target/backlane.jar");

      var one = layout.start(layout.launcher().toString(), folder);
      var other = layout.start(layout.launcher().toString(), folder);
      long end = System.nanoTime() + WAIT_MAX.toNanos();
      while (!(one.waitsFor("flock") || other.waitsFor("flock")) || layout.mavenCalls().isEmpty()) {
        assertThat(System.nanoTime()).as("one launch waits for the other").isLessThan(end);
        assertThat(one.alive() && other.alive()).isTrue();
      }
      Files.writeString(gate, "go\n");

      var ends = List.of(one.awaitEnd(), other.awaitEnd());
      ends.forEach(LauncherTest::ran);
      assertThat(layout.mavenCalls()).hasSize(1);
      assertThat(ends).filteredOn(ended -> ended.err().isEmpty()).hasSize(1);
    }
  }

  private static void ran(Ended ended) {
    assertThat(ended.exitCode()).as("%s", ended).isZero();
    assertThat(ended.out()).contains("java " + JAVA);
  }
}
