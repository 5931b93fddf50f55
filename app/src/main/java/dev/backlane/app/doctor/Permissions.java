package dev.backlane.app.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Who can use a file. Stateless.
public final class Permissions {
  private static final Set<PosixFilePermission> OF_OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private Permissions() {}

  /// Whether users other than the owner can read or write a file; false if it cannot be known.
  public static boolean openToOthers(Path file) {
    if (Files.getFileAttributeView(file, PosixFileAttributeView.class) == null) {
      return false;
    }
    try {
      return Files.getPosixFilePermissions(file).stream().anyMatch(OF_OTHERS::contains);
    } catch (IOException unknown) {
      return false;
    }
  }

  /// Why a file cannot be written to or created, and the fix; empty if it can.
  static Optional<String> obstacleToWriting(Path file) {
    if (Files.exists(file)) {
      if (Files.isDirectory(file)) {
        return Optional.of(file + " is a directory; name a file");
      }
      return Files.isWritable(file)
          ? Optional.empty()
          : Optional.of(file + " cannot be written by this user; " + ownership(file));
    }
    var folder = nearestExisting(file);
    return Files.isDirectory(folder) && Files.isWritable(folder)
        ? Optional.empty()
        : Optional.of(
            file
                + " cannot be created, since this user cannot write in "
                + folder
                + "; "
                + ownership(folder));
  }

  /// The command that gives a file or directory to this user.
  static String ownership(Path path) {
    return "run: chown -R " + System.getProperty("user.name") + " " + path;
  }

  /// The closest directory above a file that exists.
  static Path nearestExisting(Path file) {
    Path folder = file.toAbsolutePath().normalize();
    while (folder.getParent() != null && !Files.exists(folder)) {
      folder = folder.getParent();
    }
    return folder;
  }
}
