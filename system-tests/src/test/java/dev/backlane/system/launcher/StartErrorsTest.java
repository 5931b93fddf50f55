package dev.backlane.system.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.GatewayProcess.Ended;
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
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// CONTRACT 3: the errors of a gateway that cannot start.
@Timeout(60)
final class StartErrorsTest {
  private static final String UPSTREAM = "--upstream=http://127.0.0.1:9";
  private static final String OPEN = "--auth.mode=none";

  @TempDir private static Path folder;

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  private static Path whole;

  @BeforeAll
  static void createData() {
    whole = used();
  }

  @Nested
  final class ConfigurationFile {
    @Test
    @DisplayName("an unknown key: the error names the position and the nearest key")
    void namesPositionOfUnknownKey() throws Exception {
      serveFile(
              """
              server: { prot: 8080 }
              upstream: { url: "http://a.example" }
              auth: { mode: none }
              """)
          .assertRefused(":1:11: server.prot: is not a known key; did you mean 'server.port'?");
    }

    @Test
    @DisplayName("a value out of range: the error names the range")
    void namesRangeOfValue() throws Exception {
      serveFile(
              """
              server: { port: 70000 }
              upstream: { url: "http://a.example" }
              auth: { mode: none }
              """)
          .assertRefused(
              "server.port: '70000' is out of range; give a whole number from 0 to 65535");
    }

    @Test
    @DisplayName("a file that is not YAML: the error names the line")
    void namesLineOfInvalidYaml() throws Exception {
      serveFile("server: { port: 1\nupstream").assertRefused(":2:");
    }

    @Test
    @DisplayName("a missing file: the error says to check the path")
    void namesMissingFile() throws Exception {
      GatewayProcess.run("serve", "--config", folder.resolve("none.yaml").toString())
          .assertRefused("none.yaml: does not exist; check the path");
    }

    @Test
    @DisplayName("a directory instead of a file is refused")
    void refusesDirectory() throws Exception {
      GatewayProcess.run("serve", "--config", folder.toString())
          .assertRefused("is a directory; name a YAML file");
    }

    @Test
    @DisplayName("a file that is not UTF-8 text is refused")
    void refusesOtherEncoding() throws Exception {
      var file = Files.write(folder.resolve("latin.yaml"), "server: é\n".getBytes(ISO_8859_1));
      GatewayProcess.run("serve", "--config", file.toString())
          .assertRefused("is not UTF-8 text; save it as UTF-8");
    }
  }

  @Nested
  final class Settings {
    @Test
    @DisplayName("an unknown flag: the error names the nearest one")
    void namesNearestFlag() throws Exception {
      GatewayProcess.run("serve", UPSTREAM, OPEN, "--server.prot=8080")
          .assertRefused("--server.prot", "server.port");
    }

    @Test
    @DisplayName("no upstream: the error says what to set")
    void requiresUpstream() throws Exception {
      GatewayProcess.run("serve", OPEN)
          .assertRefused("upstream.url: is not set; give an absolute http or https URL");
    }

    @Test
    @DisplayName("auth.mode none is refused if server.host is not a loopback address")
    void refusesOpenAccessOnPublicAddress() throws Exception {
      GatewayProcess.run(
              "serve",
              UPSTREAM,
              OPEN,
              "--server.host=0.0.0.0",
              "--server.public-url=https://api.example.com")
          .assertRefused(
              "auth.mode: is none while server.host '0.0.0.0' is not a loopback address",
              "or set auth.allow-insecure: true");
    }
  }

  @Nested
  final class Environment {
    @Test
    @DisplayName("more connections than the open files or the heap permit: the error names both")
    void refusesConnectionsThatDoNotFit() {
      GatewayProcess.run(
              "serve",
              UPSTREAM,
              OPEN,
              "--server.max-connections=1000000",
              "--data=" + fresh("connections"))
          .assertRefused("server.max-connections is 1000000", "or lower or remove");
    }

    @Test
    @DisplayName("more memory for bodies than the heap has: the error names the most that fits")
    void refusesMemoryThatDoesNotFit() {
      GatewayProcess.run(
              "serve",
              UPSTREAM,
              OPEN,
              "--limits.memory-for-bodies=1TiB",
              "--data=" + fresh("memory"))
          .assertRefused("limits.memory-for-bodies is", "raise -Xmx");
    }

    @Test
    @DisplayName("a port in use: the error names it and the fix")
    void namesPortInUse() throws Exception {
      try (var other = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        var port = other.getLocalPort();
        GatewayProcess.run(
                "serve", UPSTREAM, OPEN, "--port=" + port, "--data=" + fresh("port-in-use"))
            .assertRefused(
                "cannot listen on 127.0.0.1 port " + port,
                "in use; stop the process that listens there, or set another");
      }
    }

    @Test
    @DisplayName("an address of another machine is refused")
    void refusesAddressOfOtherMachine() throws Exception {
      GatewayProcess.run(
              "serve",
              UPSTREAM,
              OPEN,
              "--auth.allow-insecure=true",
              "--server.host=192.0.2.1",
              "--port=0",
              "--data=" + fresh("elsewhere"))
          .assertRefused("cannot listen on 192.0.2.1 port 0");
    }

    @Test
    @DisplayName("a second process on a data directory is refused; the first continues to serve")
    void refusesSecondProcessOnData() throws Exception {
      GatewayProcess.run("serve", "--config", gateway.configFile().toString())
          .assertRefused(
              gateway.dataFolder() + " is in use by another Backlane process; stop that one, or");
      var id = gateway.http().begin("/still");
      assertThat(gateway.http().awaitEnd(id).statusCode()).isEqualTo(200);
    }

    @Test
    @DisplayName("a file instead of a data directory is refused")
    void refusesFileAsData() throws Exception {
      var file = Files.writeString(folder.resolve("file"), "");
      serveOn(file).assertRefused("is a file; choose another store.path");
    }

    @Test
    @DisplayName("a directory with other content is refused and not changed")
    void refusesForeignFolderAsData() throws Exception {
      var other = Files.createDirectory(folder.resolve("photos"));
      Files.writeString(other.resolve("1.jpg"), "x");
      serveOn(other).assertRefused("is not empty and not a store (it has 1.jpg); choose another");
      assertThat(other.toFile().list()).containsExactly("1.jpg");
    }
  }

  @Nested
  final class DamagedData {
    @Test
    @DisplayName("a gateway serves from a complete copy of a data directory")
    void servesCopiedData() throws Exception {
      var data = fresh("copied");
      copy(whole, data);
      GatewayProcess.serve(List.of(), "--port=0", UPSTREAM, OPEN, "--data=" + data).close();
    }

    @Test
    @DisplayName("a data directory without its database is refused and not initialized again")
    void refusesDataWithoutDatabase() throws Exception {
      damaged(
          "no-current",
          data -> Files.delete(data.resolve("db/CURRENT")),
          "is damaged",
          "restore it from a backup");
    }

    @Test
    @DisplayName("a data directory with a truncated manifest is refused as damaged")
    void refusesTruncatedManifest() throws Exception {
      damaged(
          "short-manifest",
          data -> truncate(only(data.resolve("db"), "MANIFEST-")),
          "is damaged",
          "restore it from a backup");
    }

    @Test
    @DisplayName("a data directory with an unreadable FORMAT is refused as damaged or foreign")
    void refusesUnreadableFormat() throws Exception {
      damaged(
          "bad-format",
          data -> Files.writeString(data.resolve("FORMAT"), "?"),
          "is damaged or not a store of Backlane",
          "restore a backup");
    }

    @Test
    @DisplayName("a data directory of a later version: the error says to start that version")
    void refusesLaterFormat() throws Exception {
      damaged(
          "later",
          data -> Files.writeString(data.resolve("FORMAT"), "backlane-rocksdb 999\n"),
          "has format 999 of a later version of Backlane",
          "start that later version");
    }

    @Test
    @DisplayName("an invalid master key: the error names its file")
    void namesInvalidMasterKey() throws Exception {
      damaged(
          "bad-key",
          data -> Files.writeString(data.resolve("master.key"), "not base64!\n"),
          "master.key");
    }

    @Test
    @DisplayName("a master key that other users can read: the error names the command to run")
    void refusesReadableMasterKey() throws Exception {
      damaged(
          "open-key",
          data ->
              Files.setPosixFilePermissions(
                  data.resolve("master.key"), PosixFilePermissions.fromString("rw-r--r--")),
          "can be read or written by other users; run: chmod 600");
    }
  }

  /// Damages a data directory.
  @FunctionalInterface
  private interface Damage {
    void apply(Path data) throws IOException;
  }

  private static void damaged(String name, Damage damage, String... texts) throws Exception {
    var data = fresh(name);
    copy(whole, data);
    damage.apply(data);
    serveOn(data).assertRefused(texts);
  }

  /// A data directory whose gateway has shut down cleanly.
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
