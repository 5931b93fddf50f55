package dev.backlane.system.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.system.support.Folders;
import dev.backlane.system.support.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A real Keycloak process on a free port of 127.0.0.1, with the realm `backlane` in memory. The
/// installation is shared: the first start after a build compiles settings into it and takes twice
/// as long. Other files are deleted with the process. Thread-safe.
public final class KeycloakProcess implements AutoCloseable {
  static final String REALM = "backlane";
  static final String ADMIN = "admin";
  static final String ADMIN_PASSWORD = "a-password-of-the-tests";

  private static final Path PROGRAM =
      Repository.root().resolve("system-tests/target/tools/keycloak");
  private static final Duration START_MAX = Duration.ofMinutes(3);
  private static final Duration END_MAX = Duration.ofSeconds(30);
  private static final int LOG_LINES_MAX = 60;
  private static final Pattern ANNOUNCEMENT =
      Pattern.compile(".*Keycloak .* started in .* Listening on: (http://127\\.0\\.0\\.1:\\d+).*");

  private final Path home;
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final CompletableFuture<URI> announced = new CompletableFuture<>();
  private final CompletableFuture<Void> allRead;

  private KeycloakProcess(Path home, Process process) {
    this.home = home;
    this.process = process;
    // A platform thread: reading from a pipe would pin the carrier of a virtual thread.
    this.allRead =
        CompletableFuture.runAsync(this::read, task -> Thread.ofPlatform().daemon().start(task));
  }

  /// Starts Keycloak and waits until it serves.
  public static KeycloakProcess start() {
    try {
      var home = home();
      var keycloak = new KeycloakProcess(home, launched(home));
      keycloak.awaitAnnouncement();
      return keycloak;
    } catch (IOException e) {
      throw new UncheckedIOException("Keycloak cannot be started from " + PROGRAM, e);
    }
  }

  /// A folder with links to the installation, and with its own data.
  private static Path home() throws IOException {
    var home = Files.createTempDirectory("backlane-keycloak-");
    for (String part : List.of("conf", "lib", "providers", "themes")) {
      Files.createSymbolicLink(home.resolve(part), PROGRAM.resolve(part));
    }
    var imported = Files.createDirectories(home.resolve("data/import")).resolve("realm.json");
    try (var realm = KeycloakProcess.class.getResourceAsStream("keycloak-realm.json")) {
      Files.copy(Objects.requireNonNull(realm), imported);
    }
    return home;
  }

  private static Process launched(Path home) throws IOException {
    var builder =
        new ProcessBuilder(
                PROGRAM.resolve("bin/kc.sh").toString(),
                "-Dkc.home.dir=" + home,
                "start-dev",
                "--import-realm",
                "--http-host=127.0.0.1",
                "--http-port=0",
                "--db=dev-mem",
                "--health-enabled=false",
                "--metrics-enabled=false")
            .directory(home.toFile())
            .redirectErrorStream(true);
    var environment = builder.environment();
    environment
        .keySet()
        .removeIf(
            name -> name.startsWith("KC_") || name.startsWith("JAVA") || name.startsWith("DEBUG"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    // The process runs for about a minute, so optimized compilation would only cost time.
    environment.put("JAVA_OPTS_APPEND", "-Xmx512m -XX:TieredStopAtLevel=1");
    environment.put("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN);
    environment.put("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN_PASSWORD);
    return builder.start();
  }

  /// The URL at which it serves.
  public URI url() {
    return announced.join();
  }

  private void awaitAnnouncement() {
    try {
      CompletableFuture.anyOf(announced, process.onExit())
          .get(START_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      close();
      throw new AssertionError("Keycloak does not serve within " + START_MAX + ": " + tail(), e);
    } catch (InterruptedException interrupted) {
      close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Keycloak starts", interrupted);
    }
    if (!announced.isDone()) {
      close();
      throw new AssertionError("Keycloak ended before it served: " + tail());
    }
  }

  /// The end of its log, once the process has ended.
  private String tail() {
    allRead.completeOnTimeout(null, END_MAX.toSeconds(), TimeUnit.SECONDS).join();
    var all = List.copyOf(lines);
    return String.join("\n", all.subList(Math.max(0, all.size() - LOG_LINES_MAX), all.size()));
  }

  private void read() {
    try (var output = process.inputReader(UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
        var announcement = ANNOUNCEMENT.matcher(line);
        if (announcement.matches()) {
          announced.complete(URI.create(announcement.group(1)));
        }
      }
    } catch (IOException e) {
      lines.add("(reading its output failed: " + e.getMessage() + ")");
    }
  }

  /// Kills Keycloak and the script that started it with SIGKILL.
  @Override
  public void close() {
    // The script last: it reaps its child processes.
    var processes = Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    for (var one : processes) {
      one.destroyForcibly();
      one.onExit().orTimeout(END_MAX.toSeconds(), TimeUnit.SECONDS).join();
    }
    Folders.delete(home);
  }
}
