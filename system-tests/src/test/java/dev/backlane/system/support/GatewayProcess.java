package dev.backlane.system.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/// A process of the real program, such as `backlane serve`. Thread-safe.
public final class GatewayProcess implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration END_MAX = Duration.ofMinutes(2);
  private static final Pattern ANNOUNCEMENT =
      Pattern.compile("Backlane serves (\\S+) in front of .*");

  private final Process process;
  private final List<String> out = new CopyOnWriteArrayList<>();
  private final List<String> err = new CopyOnWriteArrayList<>();
  private final CompletableFuture<URI> announced = new CompletableFuture<>();
  private final List<Thread> readers;

  private GatewayProcess(Process process) {
    this.process = process;
    // Platform threads: reading from a pipe would pin the carrier of a virtual thread.
    this.readers =
        List.of(
            Thread.ofPlatform().daemon().start(() -> read(process.getInputStream(), out)),
            Thread.ofPlatform().daemon().start(() -> read(process.getErrorStream(), err)));
  }

  /// The result of a process that has ended.
  public record Ended(int exitCode, List<String> out, List<String> err) {
    /// Asserts that the command was refused: exit code 2, and one readable line with these texts.
    public void assertRefused(String... texts) {
      assertThat(exitCode).as(toString()).isEqualTo(2);
      assertThat(out).isEmpty();
      assertThat(err).noneMatch(line -> line.contains("Exception") || line.contains("\tat "));
      var lines = err.stream().filter(line -> !line.contains(" INFO ")).toList();
      assertThat(lines).hasSize(1);
      assertThat(lines.getFirst()).contains(Arrays.asList(texts));
    }
  }

  /// Starts a gateway and waits until it serves.
  ///
  /// @param jvmOptions such as `-Xmx256m`
  public static GatewayProcess serve(List<String> jvmOptions, String... arguments) {
    return serve(Map.of(), jvmOptions, arguments);
  }

  /// Starts a gateway with additional environment variables, and waits until it serves.
  public static GatewayProcess serve(
      Map<String, String> environment, List<String> jvmOptions, String... arguments) {
    return serveWith(ClassCache.options(), environment, jvmOptions, arguments);
  }

  /// Starts a gateway that records its classes, and waits until it serves.
  static GatewayProcess record(List<String> recorder, String... arguments) {
    return serveWith(recorder, Map.of(), List.of(), arguments);
  }

  private static GatewayProcess serveWith(
      List<String> classCache,
      Map<String, String> environment,
      List<String> jvmOptions,
      String... arguments) {
    var command = new ArrayList<String>(List.of("serve"));
    command.addAll(List.of(arguments));
    var gateway = launchWith(classCache, environment, jvmOptions, command);
    gateway.awaitAnnouncement();
    return gateway;
  }

  /// Runs a command until it ends.
  public static Ended run(String... arguments) {
    return launch(Map.of(), List.of(), List.of(arguments)).awaitEnd();
  }

  /// Starts a command without waiting for its end.
  public static GatewayProcess start(List<String> arguments) {
    return launch(Map.of(), List.of(), arguments);
  }

  private static GatewayProcess launch(
      Map<String, String> environment, List<String> jvmOptions, List<String> arguments) {
    return launchWith(ClassCache.options(), environment, jvmOptions, arguments);
  }

  private static GatewayProcess launchWith(
      List<String> classCache,
      Map<String, String> environment,
      List<String> jvmOptions,
      List<String> arguments) {
    var java = ProcessHandle.current().info().command().orElseThrow();
    // The process is short-lived, so optimized compilation would only cost time.
    var command =
        new ArrayList<String>(
            List.of(java, "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1"));
    command.addAll(classCache);
    command.addAll(jvmOptions);
    command.addAll(List.of("-jar", Repository.jar().toString()));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("BACKLANE_"));
    builder.environment().putAll(environment);
    try {
      return new GatewayProcess(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start the gateway", e);
    }
  }

  /// The URL at which it serves.
  public URI url() {
    return announced.join();
  }

  public long pid() {
    return process.pid();
  }

  /// All lines so far of standard output and standard error.
  public List<String> lines() {
    var all = new ArrayList<>(out);
    all.addAll(err);
    return all;
  }

  /// Kills the process with SIGKILL and waits until it has ended.
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /// Sends SIGTERM to the process.
  public void terminate() {
    // Process.destroy would also close the streams, and with them the rest of the log.
    process.toHandle().destroy();
  }

  /// Sends SIGHUP to the process.
  public void hangUp() {
    try {
      int failed = new ProcessBuilder("kill", "-HUP", Long.toString(pid())).start().waitFor();
      assertThat(failed).as("kill -HUP").isZero();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot send a signal", e);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a signal is sent", interrupted);
    }
  }

  public boolean alive() {
    return process.isAlive();
  }

  /// Waits for the end of the process.
  public Ended awaitEnd() {
    try {
      if (!process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the process has not ended within " + END_MAX + ": " + lines());
      }
      for (var reader : readers) {
        reader.join();
      }
      return new Ended(process.exitValue(), List.copyOf(out), List.copyOf(err));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a process ends", interrupted);
    }
  }

  private void awaitAnnouncement() {
    try {
      CompletableFuture.anyOf(announced, process.onExit())
          .get(START_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new AssertionError("the gateway does not serve: " + lines(), e);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a process starts", interrupted);
    }
    if (!announced.isDone()) {
      throw new AssertionError("the gateway ended before it served: " + awaitEnd());
    }
  }

  private void read(InputStream stream, List<String> lines) {
    try (var reader = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
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

  /// The first line that contains a text.
  public Optional<String> lineWith(String text) {
    return lines().stream().filter(line -> line.contains(text)).findFirst();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }
}
