package dev.backlane.system.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A disk of a few MiB that a test can fill up, with a ballast file on it that makes room when it is dropped. Mounting needs
/// rights; where there are none the test fails and says so.
public final class SmallDisk implements AutoCloseable {
  private static final int MEBIBYTE = 1 << 20;
  private static final int PAGE = 4_096;
  private static final List<String> WITH_RIGHTS = List.of("sudo", "-n");

  private final Path image;
  private final Path mountPoint;
  private boolean withSudo;

  private SmallDisk(Path image, Path mountPoint) {
    this.image = image;
    this.mountPoint = mountPoint;
  }

  /// Mounts one: in memory or, where that is not permitted, in a file.
  public static SmallDisk mounted(int mebibytes) {
    try {
      var disk =
          new SmallDisk(
              Files.createTempFile("backlane-small-disk-", ".img"),
              Files.createTempDirectory("backlane-small-disk-"));
      disk.mount(mebibytes);
      return disk;
    } catch (IOException refused) {
      throw new UncheckedIOException("no small disk can be made", refused);
    }
  }

  private void mount(int mebibytes) throws IOException {
    var inMemory =
        List.of("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", mountPoint + "");
    var faults = new ArrayList<String>();
    if (done(inMemory, faults)) {
      return;
    }
    withSudo = true;
    if (done(inMemory, faults) && done(List.of("chmod", "1777", mountPoint + ""), faults)) {
      return;
    }
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes * MEBIBYTE);
    }
    var inAFile = List.of("mount", "-o", "loop", image + "", mountPoint + "");
    withSudo = false;
    if (done(List.of("mkfs.ext4", "-q", "-F", "-m", "0", image + ""), faults)
        && done(inAFile, faults)) {
      return;
    }
    close();
    throw new AssertionError(
        "a test of a full disk mounts one of its own: run it as root, or as a user who may call sudo without a password; "
            + faults);
  }

  private boolean done(List<String> command, List<String> faults) throws IOException {
    var all = new ArrayList<>(withSudo ? WITH_RIGHTS : List.of());
    all.addAll(command);
    try {
      var process = new ProcessBuilder(all).redirectErrorStream(true).start();
      var said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      if (process.waitFor() == 0) {
        return true;
      }
      faults.add(String.join(" ", all) + ": " + said);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      faults.add("interrupted");
    } catch (IOException noSuchProgram) {
      faults.add(String.valueOf(noSuchProgram.getMessage()));
    }
    return false;
  }

  public Path folder() {
    return mountPoint;
  }

  long freeBytes() throws IOException {
    return Files.getFileStore(mountPoint).getUsableSpace();
  }

  /// Takes so much of it away.
  void load(int mebibytes) throws IOException {
    try (var out = Files.newOutputStream(ballast())) {
      byte[] piece = new byte[MEBIBYTE];
      for (int written = 0; written < mebibytes; written++) {
        out.write(piece);
      }
    }
  }

  /// Takes all but so much of it away.
  public void loadUpTo(int mebibytesLeft) throws IOException {
    load((int) (freeBytes() / MEBIBYTE) - mebibytesLeft);
  }

  /// Takes all of it away.
  void loadFully() {
    byte[] page = new byte[PAGE];
    try (var out = Files.newOutputStream(ballast())) {
      for (long left = freeBytes() / PAGE + 1; left > 0; left--) {
        out.write(page);
      }
      throw new AssertionError("there is room on a disk that was filled up");
    } catch (IOException full) {
      // As it should be.
    }
  }

  /// Gives so much back of what was taken away.
  public void unload(int mebibytes) throws IOException {
    try (var file = new RandomAccessFile(ballast().toFile(), "rw")) {
      file.setLength(file.length() - (long) mebibytes * MEBIBYTE);
    }
  }

  /// Gives back what was taken away.
  public void unload() throws IOException {
    Files.delete(ballast());
  }

  private Path ballast() {
    return mountPoint.resolve("ballast");
  }

  /// Unmounts it; what was on it is gone.
  @Override
  public void close() {
    try {
      var faults = new ArrayList<String>();
      boolean unmounted = done(List.of("umount", mountPoint + ""), faults);
      Files.deleteIfExists(image);
      if (unmounted) {
        Files.delete(mountPoint);
      }
    } catch (IOException stubborn) {
      throw new UncheckedIOException("the small disk cannot be removed", stubborn);
    }
  }
}
