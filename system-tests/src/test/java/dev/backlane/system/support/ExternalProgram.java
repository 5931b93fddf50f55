package dev.backlane.system.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.system.support.GatewayProcess.Ended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Another program as a process without input. Its output goes to files, so that it never blocks on
/// a pipe. Not thread-safe.
public final class ExternalProgram {
  private static final Duration END_MAX = Duration.ofSeconds(60);

  private final Process process;
  private final Path out;
  private final Path err;

  private ExternalProgram(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /// Runs a command in the folder and the environment of the tests.
  public static Ended run(List<String> command) {
    return start(command, Path.of("").toAbsolutePath(), Map.copyOf(System.getenv())).awaitEnd();
  }

  /// Starts a command.
  ///
  /// @param environment the complete environment; nothing is inherited
  public static ExternalProgram start(
      List<String> command, Path folder, Map<String, String> environment) {
    try {
      var out = Files.createTempFile("backlane-program-", ".out");
      var err = Files.createTempFile("backlane-program-", ".err");
      var builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().clear();
      builder.environment().putAll(environment);
      var process = builder.start();
      process.getOutputStream().close();
      return new ExternalProgram(process, out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(command.getFirst() + " cannot be started", e);
    }
  }

  /// Whether a descendant of the process currently runs this program.
  public boolean waitsFor(String program) {
    return process
        .descendants()
        .anyMatch(child ->
            child.info().command().filter(path -> Path.of(path).endsWith(program)).isPresent());
  }

  public boolean alive() {
    return process.isAlive();
  }

  /// Waits for the end of the process.
  public Ended awaitEnd() {
    try {
      boolean ended = process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS);
      if (!ended) {
        end();
      }
      var left = new Ended(process.waitFor(), lines(out), lines(err));
      Files.delete(out);
      Files.delete(err);
      if (!ended) {
        throw new AssertionError("the program did not end within " + END_MAX + ": " + left);
      }
      return left;
    } catch (IOException e) {
      throw new UncheckedIOException("a program's output cannot be read", e);
    } catch (InterruptedException interrupted) {
      end();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a program runs", interrupted);
    }
  }

  /// Kills the process.
  public void end() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readString(file, UTF_8).lines().toList();
  }
}
