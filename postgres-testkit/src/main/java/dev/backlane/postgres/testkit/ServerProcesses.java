package dev.backlane.postgres.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The processes of one PostgreSQL server, which are found by their working directory. A child that
/// outlives its parent still holds the shared memory of the server, which cannot start until the
/// child has ended. Stateless.
///
/// @param dataFolder the server's data directory, without symbolic links
record ServerProcesses(Path dataFolder) {
  /// Linux reports CPU times in hundredths of a second, independently of its timer frequency.
  private static final int MILLIS_PER_TICK = 10;

  /// Kills the server like a power failure: sends SIGKILL to its main process, on which the other
  /// processes end.
  void kill() {
    long pid = postmaster();
    ProcessHandle.of(pid)
        .orElseThrow(() -> new IllegalStateException("PostgreSQL, process " + pid + ", has ended"))
        .destroyForcibly();
  }

  /// Sends a signal to all processes.
  ///
  /// @param name such as `STOP`
  void signal(String name) {
    var command = new ArrayList<>(List.of("kill", "-" + name));
    running().forEach(process -> command.add(Long.toString(process.pid())));
    try {
      // A process may have ended in the meantime.
      new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException refused) {
      throw new UncheckedIOException("PostgreSQL cannot be sent a signal", refused);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while PostgreSQL is sent a signal", interrupted);
    }
  }

  /// The id of the main process, which is the first line of `postmaster.pid`.
  private long postmaster() {
    var file = dataFolder.resolve("postmaster.pid");
    try {
      return Long.parseLong(Files.readAllLines(file, UTF_8).getFirst().strip());
    } catch (IOException notThere) {
      throw new UncheckedIOException("PostgreSQL does not run", notThere);
    }
  }

  /// The CPU time of all processes, including children of the main process that have ended.
  Duration cpu() {
    long postmaster = postmaster();
    long ticks = 0;
    for (var process : running()) {
      ticks += ticks(process.pid(), process.pid() == postmaster);
    }
    return Duration.ofMillis(ticks * MILLIS_PER_TICK);
  }

  /// @param withEnded whether children that have ended are counted
  private static long ticks(long pid, boolean withEnded) {
    try {
      var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), UTF_8);
      // The fields from the third on follow the name, which may contain any character (proc(5)).
      var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long own = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      return withEnded ? own + Long.parseLong(fields[13]) + Long.parseLong(fields[14]) : own;
    } catch (IOException ended) {
      return 0;
    }
  }

  /// Waits until all processes have ended, and kills those that have not ended after `max`.
  void awaitEnd(Duration max) {
    var remaining = running();
    if (!remaining.isEmpty() && !ended(remaining, max)) {
      running().forEach(ProcessHandle::destroyForcibly);
    }
    for (remaining = running(); !remaining.isEmpty(); remaining = running()) {
      if (!ended(remaining, max)) {
        throw new IllegalStateException("processes of PostgreSQL do not end: " + remaining);
      }
    }
  }

  private static boolean ended(List<ProcessHandle> processes, Duration max) {
    try {
      CompletableFuture.allOf(
              processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
          .get(max.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException stillThere) {
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("the end of a process cannot fail", impossible);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while PostgreSQL ends", interrupted);
    }
  }

  private List<ProcessHandle> running() {
    return ProcessHandle.allProcesses().filter(this::isOfServer).toList();
  }

  private boolean isOfServer(ProcessHandle process) {
    try {
      var folder = Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"));
      return folder.equals(dataFolder);
    } catch (IOException endedOrForeign) {
      return false;
    }
  }
}
