package dev.backlane.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.sections.AuthSection;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.StartException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.rocksdb.RocksStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandsTest {
  private static final String[] SERVE = {
    "serve", "--upstream=http://127.0.0.1:9000", "--auth.mode", "none", "--port", "0"
  };

  @TempDir private Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final List<String> events = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Function<Config, RunningGateway> start = this::recorded;

  @Test
  void serveStartsAnnouncesWaitsAndDrains() {
    assertThat(run(SERVE)).isZero();
    assertThat(events)
        .containsExactly(
            "started for http://127.0.0.1:9000 on 0",
            "listens",
            "announces",
            "asked to stop",
            "drained");
    assertThat(out).hasToString("ready\n");
    assertThat(err).hasToString("");
  }

  @Test
  void serveReadsTheFileNamedInTheEnvironment() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("b.yaml"), "upstream: {url: 'http://a'}\nauth: {mode: none}\n");
    environment.put("BACKLANE_CONFIG", file.toString());
    assertThat(run("serve")).isZero();
    assertThat(events).contains("started for http://a on 8080");
  }

  @Test
  void wrongConfigurationExitsWithTwoAndALinePerProblem() {
    assertThat(
            run(
                "serve",
                "--admin.tokn",
                "hunter2",
                "--port=x",
                "--port=1",
                "b.yaml",
                "stray",
                "--upstream=http://a"))
        .isEqualTo(Commands.WRONG_INPUT);
    assertThat(err.toString().lines())
        .contains(
            "flag --server.port: server.port: 'x' is not a whole number; give a whole number from 0 to 65535",
            "flag --server.port: server.port: is given twice as a flag; keep one of the two",
            "flag --admin.tokn: is not known; did you mean '--admin.token'?",
            "argument stray: is not known; remove it")
        .anyMatch(line -> line.startsWith("b.yaml: does not exist; check the path"))
        .allSatisfy(line -> assertThat(line).doesNotContain("hunter2"));
    assertThat(events).isEmpty();
  }

  @Test
  void preventedStartExitsWithTwoAndOneLine() {
    start =
        _ -> {
          throw new StartException("port 8080 is taken; give another --port");
        };
    assertThat(run(SERVE)).isEqualTo(Commands.WRONG_INPUT);
    assertThat(err).hasToString("backlane: port 8080 is taken; give another --port\n");
  }

  @Test
  void failingStoreExitsWithTwoAndOneLine() {
    start =
        _ -> {
          throw new StoreException("./data is in use by another process");
        };
    assertThat(run(SERVE)).isEqualTo(Commands.WRONG_INPUT);
    assertThat(err).hasToString("backlane: ./data is in use by another process\n");
  }

  @Test
  void internalFailureExitsWithOneAndItsTrace() {
    start =
        _ -> {
          throw new IllegalStateException("broken invariant");
        };
    assertThat(run(SERVE)).isEqualTo(Commands.FAILED);
    assertThat(err.toString())
        .startsWith("backlane: internal failure")
        .contains("IllegalStateException: broken invariant");
  }

  @Test
  void checkConfigAcceptsTheDocumentedExample() {
    String example = Path.of("..", "docs", "examples", "backlane.yaml").toString();
    assertThat(run("check-config", example)).as(err.toString()).isZero();
    assertThat(out).hasToString(example + ": ok\n");
  }

  @Test
  void checkConfigAcceptsTheConfigOptionAndVariable() throws IOException {
    String example = Path.of("..", "docs", "examples", "backlane.yaml").toString();
    assertThat(run("check-config", "--config", example)).as(err.toString()).isZero();
    environment.put("BACKLANE_CONFIG", example);
    assertThat(run("check-config")).as(err.toString()).isZero();
    assertThat(run("check-config", example, "--config", example)).isEqualTo(Commands.WRONG_INPUT);
    assertThat(out).hasToString((example + ": ok\n").repeat(2));
  }

  @Test
  void checkConfigReportsAllProblems() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("b.yaml"), "server: {prot: 1}\nretention: x\nauth: {mode: none}\n");
    assertThat(run("check-config", file.toString())).isEqualTo(Commands.WRONG_INPUT);
    assertThat(err.toString().lines()).hasSize(3);
    assertThat(out).hasToString("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "srve",
        "check-config",
        "serve --port",
        "serve --port --data x",
        "config-reference x"
      })
  void wrongUsageExitsWithTwoAndOneLine(String arguments) {
    assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
        .isEqualTo(Commands.WRONG_INPUT);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("backlane: ")
        .endsWith("--help");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--help", "serve --help", "check-config --help", "config-reference --help"})
  void helpRefersToTheConfiguration(String arguments) {
    assertThat(run(arguments.split(" "))).isZero();
    assertThat(out.toString()).contains("docs/configuration.md");
  }

  @Test
  void helpOfServeListsTheFlags() {
    assertThat(run("serve", "--help")).isZero();
    assertThat(out.toString())
        .contains("--server.public-url=URL", "--port, --server.port=N", "--config=FILE")
        .doesNotContain("--routes");
    assertThat(run("serve", "--help-all")).isZero();
    assertThat(out.toString()).contains("--routes=YAML", "--upstream.max-connections");
  }

  @Test
  void commandsTakeTheFileAsAnArgument() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("b.yaml"), "upstream: {url: 'http://a'}\nauth: {mode: none}\n");
    assertThat(run("serve", file.toString())).isZero();
    assertThat(events).contains("started for http://a on 8080");
    assertThat(run("store", "stats", file.toString())).isEqualTo(Commands.WRONG_INPUT);
    assertThat(run("keys", "list", file.toString(), "--data=" + folder.resolve("none")))
        .isEqualTo(Commands.WRONG_INPUT);
    assertThat(err.toString())
        .contains("there is no store in ./data", "there is no store in " + folder.resolve("none"));
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void keysNeedTheSettingsOfTheStoreOnly() {
    var data = folder.resolve("data");
    RocksStore.open(data).close();
    assertThat(run("keys", "list", "--data=" + data, "--json")).as(err.toString()).isZero();
    assertThat(out.toString()).startsWith("[");
  }

  @Test
  void variablesOfCallersAreNoSettings() {
    environment.put("BACKLANE_SERVER", "http://127.0.0.1:1");
    environment.put("BACKLANE_TOKEN", "x");
    assertThat(run(SERVE)).as(err.toString()).isZero();
  }

  @Test
  void devPresetsTheSettingsAndShowsWhatToPaste() {
    environment.put("XDG_STATE_HOME", folder.toString());
    List<Config> started = new ArrayList<>();
    start =
        config -> {
          started.add(config);
          return recorded(config);
        };
    assertThat(run("serve", "--dev", "--upstream", "http://localhost:3000", "--port=0"))
        .as(err.toString())
        .isZero();
    assertThat(started)
        .singleElement()
        .satisfies(config -> {
          assertThat(config.store()).isInstanceOf(StoreSection.Memory.class);
          assertThat(config.auth()).isInstanceOf(AuthSection.None.class);
          assertThat(config.admin().open()).isTrue();
          assertThat(config.webhooks().signing().defaultSecret()).isPresent();
        });
    assertThat(out.toString())
        .startsWith("ready\n")
        .contains(
            "in front of http://localhost:3000",
            "http://127.0.0.1:8080/ui  no sign-in",
            "curl -i -X POST http://127.0.0.1:8080/your/path -H 'erp-api-background: none'",
            "backlane call POST /your/path --wait\n");
  }

  @Test
  void devRefusesOtherAddressesThanLoopback() {
    environment.put("XDG_STATE_HOME", folder.toString());
    assertThat(
            run(
                "serve",
                "--dev",
                "--upstream=http://a",
                "--server.host=0.0.0.0",
                "--server.public-url=http://a",
                "--auth.allow-insecure=true",
                "--admin.open=false"))
        .isEqualTo(Commands.WRONG_INPUT);
    assertThat(err.toString())
        .isEqualTo(
            "backlane: --dev is for this machine only, and server.host 0.0.0.0 is not a loopback"
                + " address; remove server.host, or run 'serve' without --dev\n");
    assertThat(events).isEmpty();
  }

  @Test
  void checkConfigProbesAndPrintsJson() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("b.yaml"),
            """
            server: {port: 0}
            upstream: {url: 'http://127.0.0.1:1'}
            auth: {mode: none}
            store: {kind: memory}
            """);
    assertThat(run("check-config", file.toString(), "--probe")).isEqualTo(Commands.FAILED);
    assertThat(out.toString())
        .startsWith(file + ": ok\n")
        .contains(
            "fail  upstream       127.0.0.1:1 refuses connections; start the API, or correct");
    assertThat(run("doctor", file.toString(), "--json")).isEqualTo(Commands.FAILED);
    assertThat(out.toString()).contains("{\"ok\":false,\"findings\":[{\"level\":\"ok\"");
    assertThat(run("check-config", file.toString(), "--json")).isZero();
    assertThat(run("check-config", file.toString(), "--json", "--port=x"))
        .isEqualTo(Commands.WRONG_INPUT);
    assertThat(out.toString()).contains("\"ok\":false,\"problems\":[\"flag --server.port: ");
    environment.put("BACKLANE_SERVER_PORT", "x");
    assertThat(run("doctor")).isEqualTo(Commands.FAILED);
    assertThat(out.toString())
        .contains("fail  configuration  environment BACKLANE_SERVER_PORT: server.port: 'x' is not");
  }

  @Test
  void versionNamesTheBuild() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).matches("backlane \\d+\\.\\d+\\.\\d+\\S* \\(Java .+\\)\\n");
  }

  private int run(String... arguments) {
    var stop =
        new StopSignal() {
          @Override
          public void listen() {
            events.add("listens");
          }

          @Override
          public void await() {
            events.add("asked to stop");
          }
        };
    return new Commands(
            environment, start, stop, new PrintWriter(out, true), new PrintWriter(err, true))
        .run(arguments);
  }

  private RunningGateway recorded(Config config) {
    events.add(
        "started for " + config.upstream().url() + " on " + config.server().listener().port());
    return new RunningGateway() {
      @Override
      public URI url() {
        return URI.create("http://127.0.0.1:8080");
      }

      @Override
      public Map<String, Object> facts() {
        return Map.of();
      }

      @Override
      public URI operatorsUrl() {
        return URI.create("http://127.0.0.1:8080");
      }

      @Override
      public String announcement() {
        events.add("announces");
        return "ready";
      }

      @Override
      public void reload(Config next) {
        events.add("reloaded");
      }

      @Override
      public Duration stopMax() {
        return Duration.ofSeconds(1);
      }

      @Override
      public void stopNow() {
        events.add("stopped at once");
      }

      @Override
      public void close() {
        events.add("drained");
      }
    };
  }
}
