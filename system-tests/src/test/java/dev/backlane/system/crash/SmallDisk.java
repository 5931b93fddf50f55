package dev.backlane.system.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A disk of a few MiB that a test can fill, with a ballast file that frees space when it is
/// deleted. Mounting requires root or sudo; without either the test fails with a message.
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

  /// Mounts a disk in memory, or in a file if that is not permitted.
  public static SmallDisk mounted(int mebibytes) {
    try {
      var disk =
          new SmallDisk(
              Files.createTempFile("backlane-small-disk-", ".img"),
              Files.createTempDirectory("backlane-small-disk-"));
      disk.mount(mebibytes);
      return disk;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create a small disk", e);
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
        "cannot mount a small disk: run as root or as a user with sudo and no password; " + faults);
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
    } catch (IOException e) {
      faults.add(String.valueOf(e.getMessage()));
    }
    return false;
  }

  public Path folder() {
    return mountPoint;
  }

  long freeBytes() throws IOException {
    return Files.getFileStore(mountPoint).getUsableSpace();
  }

  /// Occupies this much space.
  void load(int mebibytes) throws IOException {
    try (var out = Files.newOutputStream(ballast())) {
      byte[] piece = new byte[MEBIBYTE];
      for (int written = 0; written < mebibytes; written++) {
        out.write(piece);
      }
    }
  }

  /// Occupies all but this much space.
  public void loadUpTo(int mebibytesLeft) throws IOException {
    load((int) (freeBytes() / MEBIBYTE) - mebibytesLeft);
  }

  /// Occupies all space.
  void loadFully() {
    byte[] page = new byte[PAGE];
    try (var out = Files.newOutputStream(ballast())) {
      for (long left = freeBytes() / PAGE + 1; left > 0; left--) {
        out.write(page);
      }
      throw new AssertionError("a full disk still has free space");
    } catch (IOException e) {
      // Expected.
    }
  }

  /// Frees this much of the occupied space.
  public void unload(int mebibytes) throws IOException {
    try (var file = new RandomAccessFile(ballast().toFile(), "rw")) {
      file.setLength(file.length() - (long) mebibytes * MEBIBYTE);
    }
  }

  /// Frees the occupied space.
  public void unload() throws IOException {
    Files.delete(ballast());
  }

  private Path ballast() {
    return mountPoint.resolve("ballast");
  }

  /// Unmounts the disk and deletes its content.
  @Override
  public void close() {
    try {
      var faults = new ArrayList<String>();
      boolean unmounted = done(List.of("umount", mountPoint + ""), faults);
      Files.deleteIfExists(image);
      if (unmounted) {
        Files.delete(mountPoint);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the small disk", e);
    }
  }
}
