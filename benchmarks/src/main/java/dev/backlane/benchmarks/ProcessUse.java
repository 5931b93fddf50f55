package dev.backlane.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What a process has used since it started, as Linux reports it. On other systems only its CPU
/// time is known, and the rest is zero.
///
/// @param cpu CPU time of all threads, in steps of 10 ms
/// @param switches context switches of the threads that are alive: each is a wait and a wake-up, or
///     a thread that lost its processor
/// @param bytesWritten bytes that were written to files
/// @param rssBytes memory that it occupies now
record ProcessUse(Duration cpu, long switches, long bytesWritten, long rssBytes) {
  private static final long BYTES_PER_KIB = 1024;

  static ProcessUse of(ProcessHandle process) throws IOException {
    var folder = Path.of("/proc", Long.toString(process.pid()));
    var cpu = process.info().totalCpuDuration().orElse(Duration.ZERO);
    if (!Files.isDirectory(folder)) {
      return new ProcessUse(cpu, 0, 0, 0);
    }
    return new ProcessUse(
        cpu,
        switches(folder.resolve("task")),
        number(folder.resolve("io"), "write_bytes"),
        number(folder.resolve("status"), "VmRSS") * BYTES_PER_KIB);
  }

  private static long switches(Path tasks) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (var thread : threads) {
        var status = thread.resolve("status");
        sum += number(status, "voluntary_ctxt_switches");
        sum += number(status, "nonvoluntary_ctxt_switches");
      }
    }
    return sum;
  }

  // The number in a line such as `VmRSS:  1234 kB`.
  private static long number(Path file, String name) throws IOException {
    try {
      for (var line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
        if (line.startsWith(name + ":")) {
          return Long.parseLong(line.substring(name.length() + 1).replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException failed) {
      if (Files.exists(file)) {
        throw failed;
      }
      // A thread that has ended since the folder was read.
      return 0;
    }
    return 0;
  }

  /// What was used since an earlier reading; the memory is that of now.
  ProcessUse since(ProcessUse before) {
    return new ProcessUse(
        cpu.minus(before.cpu),
        switches - before.switches,
        bytesWritten - before.bytesWritten,
        rssBytes);
  }
}
