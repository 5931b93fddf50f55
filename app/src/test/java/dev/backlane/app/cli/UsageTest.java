package dev.backlane.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.wiring.StartException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The help of all commands, and the messages for mistyped ones.
final class UsageTest {
  private static final int HELP_LINES_MAX = 60;
  private static final int COLUMNS = 80;

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private Commands commands() {
    return new Commands(
        Map.of(),
        _ -> {
          throw new StartException("no gateway is started here");
        },
        () -> {},
        new PrintWriter(out, true),
        new PrintWriter(err, true));
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return commands().run(arguments);
  }

  static Stream<String> commandNames() {
    return new UsageTest().commands().line(false).getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("commandNames")
  void helpFitsAScreenAndHelpAllHasTheRest(String command) {
    assertThat(run(command, "--help")).isZero();
    var help = out.toString();
    assertThat(help.lines().count()).as(help).isLessThanOrEqualTo(HELP_LINES_MAX);
    assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(COLUMNS));
    assertThat(help).startsWith("").contains("Usage: backlane " + command, "--help-all");
    assertThat(run(command, "--help-all")).isZero();
    assertThat(out.toString().lines().count()).isGreaterThanOrEqualTo(help.lines().count());
    assertThat(run("help", command)).isZero();
    assertThat(out).hasToString(help);
  }

  @ParameterizedTest
  @MethodSource("commandNames")
  void mistypedCommandsAndOptionsGetASuggestion(String command) {
    var mistyped = command.substring(0, 1) + command.substring(2) + command.charAt(1);
    assertThat(run(mistyped)).isEqualTo(Commands.WRONG_INPUT);
    assertThat(err.toString().lines()).singleElement().asString().startsWith("backlane: ");
    assertThat(run(command, "--hlep")).isEqualTo(Commands.WRONG_INPUT);
    assertThat(out).hasToString("");
    assertThat(err.toString())
        .satisfiesAnyOf(
            text -> assertThat(text).contains("did you mean '--help'?"),
            // Something that is required is missing too, and is reported first.
            text -> assertThat(text).contains("Missing required", "--help"),
            text -> assertThat(text).contains("name a file"));
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(
            "srve", "backlane: 'srve' is not a command; did you mean 'serve'? See backlane --help"),
        Arguments.of("call POST /x --wiat", "--wiat is not an option; did you mean '--wait'?"),
        Arguments.of(
            "ops lsit", "'lsit' is not one of list, show, watch, cancel, retry; did you mean"),
        Arguments.of("serve --dve --upstream http://a", "flag --dve: is not known; did you mean"),
        Arguments.of("doctor --jsno", "flag --jsno: is not known; did you mean '--json'?"),
        Arguments.of("help srve", "'srve' is not a command; did you mean 'serve'?"),
        Arguments.of("version extra", "the argument 'extra' was not expected"),
        Arguments.of("wait", "Missing required parameter: 'ID'; see backlane wait --help"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void oneLineNamesTheNearest(String arguments, String message) {
    assertThat(run(arguments.split(" "))).isEqualTo(Commands.WRONG_INPUT);
    assertThat(out).hasToString("");
    assertThat(err.toString()).contains(message).doesNotContain("\tat ");
  }

  @Test
  void versionsArePrintedByCommandAndOption() {
    assertThat(run("version")).isZero();
    var version = out.toString();
    assertThat(run("--version")).isZero();
    assertThat(out).hasToString(version);
    assertThat(run("version", "--json")).isZero();
    assertThat(out.toString()).contains("\"java\":\"");
  }

  @Test
  void colorsAreNotPrintedWithoutATerminal() {
    for (var command : List.of("--help", "help", "version")) {
      run(command);
      assertThat(out.toString()).doesNotContain("\u001b");
    }
  }

  @Test
  void bashCompletesCommandsOptionsAndChoices() throws Exception {
    assertThat(run("completion", "bash")).isZero();
    var script = Files.writeString(folder.resolve("completion.bash"), out.toString());
    assertThat(completed(script, "backlane", "docto")).contains("doctor");
    assertThat(completed(script, "./backlane", "serve", "--server.po")).contains("--server.port");
    assertThat(completed(script, "backlane", "call", "--wa")).contains("--wait");
    assertThat(completed(script, "backlane", "ops", "wat")).contains("watch");
  }

  private static List<String> completed(Path script, String... words) throws Exception {
    var shell =
        """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        function=$(complete -p backlane | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    var command = new ArrayList<>(List.of("bash", "-c", shell, "bash", script.toString()));
    command.addAll(List.of(words));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return printed.lines().map(String::strip).toList();
  }

  @Test
  void fishAndZshScriptsHaveAllCommands() {
    assertThat(run("completion", "fish")).isZero();
    assertThat(out.toString())
        .contains("-a doctor -d ", "__fish_seen_subcommand_from serve' -l dev ");
    assertThat(run("completion", "zsh")).isZero();
    assertThat(out.toString()).contains("bashcompinit", "doctor");
  }

  @Test
  void settingsAreAlsoJson() {
    assertThat(run("config-reference", "--json")).isZero();
    assertThat(out.toString()).startsWith("[{\"key\":\"server.host\"").contains("\"--port\"");
  }
}
