package dev.backlane.system.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A program that serves until it is closed, and whose printed lines a test reads. Thread-safe.
public final class ServerProgram implements AutoCloseable {
  private static final long LINE_SECONDS_MAX = 60;

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  /// Starts a command.
  ///
  /// @param environment further variables
  public ServerProgram(List<String> command, Map<String, String> environment) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(command.getFirst() + " cannot be started", e);
    }
    // A platform thread: reading from a pipe would pin the carrier of a virtual thread.
    Thread.ofPlatform().daemon().start(this::read);
  }

  private void read() {
    try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      reader.lines().forEach(lines::add);
    } catch (IOException e) {
      lines.add("(reading its output failed: " + e.getMessage() + ")");
    }
  }

  /// The next line that it prints.
  public String line() throws InterruptedException {
    var line = lines.poll(LINE_SECONDS_MAX, TimeUnit.SECONDS);
    if (line == null) {
      throw new AssertionError("the program printed nothing within " + LINE_SECONDS_MAX + " s");
    }
    return line;
  }

  /// The printed lines that no call of [#line] has returned.
  public List<String> rest() {
    return List.copyOf(lines);
  }

  public boolean alive() {
    return process.isAlive();
  }

  /// Kills the program and what it started.
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
