package dev.backlane.system.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 3: what an operator reads when the gateway cannot start, and what the other commands say.
@Timeout(60)
final class StartErrorsTest {
  private static final String UPSTREAM = "--upstream=http://127.0.0.1:9";
  private static final String OPEN = "--auth.mode=none";

  @TempDir private static Path folder;

  private static TestGateway stand;
  private static Path whole;

  @BeforeAll
  static void open() {
    stand = TestGateway.open("");
    whole = used();
  }

  @AfterAll
  static void close() {
    stand.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    var rows = new ArrayList<Statement>();
    rows.addAll(files());
    rows.addAll(settings());
    rows.addAll(surroundings());
    rows.addAll(damage());
    rows.addAll(new CommandStatements(folder, stand).rows());
    return Statement.rows(rows);
  }

  private static List<Statement> files() {
    return List.of(
        new Statement(
            "an unknown key is an error that names the place and the nearest key",
            () ->
                CommandStatements.refused(
                    serveFile(
                        """
                        server: { prot: 8080 }
                        upstream: { url: "http://a.example" }
                        auth: { mode: none }
                        """),
                    ":1:11: server.prot: is not a known key; did you mean 'server.port'?")),
        new Statement(
            "a value that is out of range is an error that names the range",
            () ->
                CommandStatements.refused(
                    serveFile(
                        """
                        server: { port: 70000 }
                        upstream: { url: "http://a.example" }
                        auth: { mode: none }
                        """),
                    "server.port: '70000' is out of range; give a whole number from 0 to 65535")),
        new Statement(
            "a file that is not YAML is an error that names the line",
            () -> CommandStatements.refused(serveFile("server: { port: 1\nupstream"), ":2:")),
        new Statement(
            "a file that does not exist is an error that names where paths start",
            () ->
                CommandStatements.refused(
                    GatewayProcess.run("serve", "--config", folder.resolve("none.yaml").toString()),
                    "none.yaml: does not exist; check the path")),
        new Statement(
            "a directory instead of a file is an error",
            () ->
                CommandStatements.refused(
                    GatewayProcess.run("serve", "--config", folder.toString()),
                    "is a directory; name a YAML file")),
        new Statement(
            "a file that is not text is an error",
            () -> {
              var file =
                  Files.write(folder.resolve("latin.yaml"), "server: é\n".getBytes(ISO_8859_1));
              CommandStatements.refused(
                  GatewayProcess.run("serve", "--config", file.toString()),
                  "is not UTF-8 text; save it as UTF-8");
            }));
  }

  private static List<Statement> settings() {
    return List.of(
        new Statement(
            "an unknown flag is an error that names the nearest one",
            () ->
                CommandStatements.refused(
                    GatewayProcess.run("serve", UPSTREAM, OPEN, "--server.prot=8080"),
                    "--server.prot",
                    "server.port")),
        new Statement(
            "nothing to stand before is an error that says what to give",
            () ->
                CommandStatements.refused(
                    GatewayProcess.run("serve", OPEN),
                    "upstream.url: is not set; give an absolute http or https URL")),
        new Statement(
            "auth.mode none on an address that others reach is an error",
            () ->
                CommandStatements.refused(
                    GatewayProcess.run(
                        "serve",
                        UPSTREAM,
                        OPEN,
                        "--server.host=0.0.0.0",
                        "--server.public-url=https://api.example.com"),
                    "auth.mode: is none while server.host '0.0.0.0' is not a loopback address",
                    "or set auth.allow-insecure: true")));
  }

  private static List<Statement> surroundings() {
    return List.of(
        new Statement(
            "a taken port is an error that names it and what to change",
            () -> {
              try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
                var port = taken.getLocalPort();
                CommandStatements.refused(
                    GatewayProcess.run(
                        "serve", UPSTREAM, OPEN, "--port=" + port, "--data=" + fresh("taken")),
                    "cannot listen on 127.0.0.1 port " + port,
                    "in use; end what listens there, or choose another");
              }
            }),
        new Statement(
            "an address of another machine is an error",
            () ->
                CommandStatements.refused(
                    GatewayProcess.run(
                        "serve",
                        UPSTREAM,
                        OPEN,
                        "--auth.allow-insecure=true",
                        "--server.host=192.0.2.1",
                        "--port=0",
                        "--data=" + fresh("elsewhere")),
                    "cannot listen on 192.0.2.1 port 0")),
        new Statement(
            "a second process on the same data directory is an error, and the first serves on",
            () -> {
              CommandStatements.refused(
                  GatewayProcess.run("serve", "--config", stand.configFile().toString()),
                  stand.dataFolder() + " is in use by another Backlane process; stop that one, or");
              var id = stand.http().begin("/still");
              assertThat(stand.http().awaitEnd(id).statusCode()).isEqualTo(200);
            }),
        new Statement(
            "a data directory that is a file is an error",
            () -> {
              var file = Files.writeString(folder.resolve("file"), "");
              CommandStatements.refused(serveOn(file), "is a file; choose another store.path");
            }),
        new Statement(
            "a data directory that holds something else is an error, and nothing in it is touched",
            () -> {
              var other = Files.createDirectory(folder.resolve("photos"));
              Files.writeString(other.resolve("1.jpg"), "x");
              CommandStatements.refused(
                  serveOn(other), "is not empty and not a store (it has 1.jpg); choose another");
              assertThat(other.toFile().list()).containsExactly("1.jpg");
            }));
  }

  private static List<Statement> damage() {
    return List.of(
        new Statement(
            "a data directory that was copied whole is none of these: it serves",
            () -> {
              var data = fresh("copied");
              copy(whole, data);
              GatewayProcess.serve(List.of(), "--port=0", UPSTREAM, OPEN, "--data=" + data).close();
            }),
        new Statement(
            "a data directory without its database is damaged, and never begun anew",
            () ->
                damaged(
                    "no-current",
                    data -> Files.delete(data.resolve("db/CURRENT")),
                    "is damaged",
                    "restore it from a backup")),
        new Statement(
            "a data directory whose manifest lost its end is damaged",
            () ->
                damaged(
                    "short-manifest",
                    data -> truncate(only(data.resolve("db"), "MANIFEST-")),
                    "is damaged",
                    "restore it from a backup")),
        new Statement(
            "a data directory whose FORMAT is unreadable is damaged or not Backlane's",
            () ->
                damaged(
                    "bad-format",
                    data -> Files.writeString(data.resolve("FORMAT"), "?"),
                    "is damaged or not Backlane's",
                    "restore a backup")),
        new Statement(
            "a data directory of a later version says to start that version",
            () ->
                damaged(
                    "later",
                    data -> Files.writeString(data.resolve("FORMAT"), "backlane-rocksdb 999\n"),
                    "has format 999 of a later version of Backlane",
                    "start that later version")),
        new Statement(
            "a master key that is not one is an error that names its file",
            () ->
                damaged(
                    "bad-key",
                    data -> Files.writeString(data.resolve("master.key"), "not base64!\n"),
                    "master.key")),
        new Statement(
            "a master key that others can read is an error that names the command",
            () ->
                damaged(
                    "open-key",
                    data ->
                        Files.setPosixFilePermissions(
                            data.resolve("master.key"),
                            PosixFilePermissions.fromString("rw-r--r--")),
                    "can be read or written by other users; run: chmod 600")));
  }

  /// What is done to a data directory.
  @FunctionalInterface
  private interface Harm {
    void inflict(Path data) throws IOException;
  }

  private static void damaged(String name, Harm harm, String... told) throws Exception {
    var data = fresh(name);
    copy(whole, data);
    harm.inflict(data);
    CommandStatements.refused(serveOn(data), told);
  }

  /// A data directory whose gateway has ended in good order.
  private static Path used() {
    var data = fresh("whole");
    try (var gateway =
        GatewayProcess.serve(List.of(), "--port=0", UPSTREAM, OPEN, "--data=" + data)) {
      gateway.terminate();
      assertThat(gateway.awaitEnd().exitCode()).isZero();
    }
    return data;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static void truncate(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
  }

  private static Path only(Path directory, String prefix) throws IOException {
    try (var files = Files.list(directory)) {
      var found =
          files.filter(file -> String.valueOf(file.getFileName()).startsWith(prefix)).toList();
      assertThat(found).hasSize(1);
      return found.getFirst();
    }
  }

  private static Ended serveFile(String yaml) throws IOException {
    return GatewayProcess.run("serve", "--config", file(yaml).toString());
  }

  private static Ended serveOn(Path data) {
    return GatewayProcess.run("serve", "--port=0", UPSTREAM, OPEN, "--data=" + data);
  }

  private static Path file(String yaml) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "config", ".yaml"), yaml);
  }

  private static Path fresh(String name) {
    return folder.resolve(name);
  }
}
