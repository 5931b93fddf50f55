package dev.backlane.engine.store.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps other users of the machine from files with data of callers: directories with mode 0700,
/// files with mode 0600. File systems without POSIX permissions are left as they are. Stateless.
public final class OwnerOnly {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerOnly.class);
  private static final Set<PosixFilePermission> OF_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OF_FILE =
      PosixFilePermissions.fromString("rw-------");

  private OwnerOnly() {}

  /// The attributes of a new directory.
  public static FileAttribute<?>[] directory(Path path) {
    return attributes(path, OF_DIRECTORY);
  }

  /// The attributes of a new file.
  public static FileAttribute<?>[] file(Path path) {
    return attributes(path, OF_FILE);
  }

  private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  /// Takes the permissions of other users from a directory that exists.
  ///
  /// @throws IOException if other users keep some; the message names the fix
  public static void restrictDirectory(Path directory) throws IOException {
    restrict(
        directory,
        OF_DIRECTORY,
        "; run: chmod 700 "
            + directory
            + " as its owner, or choose a new directory below it, which is created with mode 0700");
  }

  /// Takes the permissions of other users from a file that exists.
  ///
  /// @throws IOException if other users keep some; the message names the fix
  public static void restrictFile(Path file) throws IOException {
    restrict(file, OF_FILE, "; run: chmod 600 " + file + " as its owner");
  }

  private static void restrict(Path path, Set<PosixFilePermission> ofOwner, String remedy)
      throws IOException {
    if (Files.getFileAttributeView(path, PosixFileAttributeView.class) == null) {
      return;
    }
    var present = Files.getPosixFilePermissions(path);
    var kept = EnumSet.copyOf(ofOwner);
    kept.retainAll(present);
    if (kept.equals(present)) {
      return;
    }
    IOException cause = null;
    try {
      Files.setPosixFilePermissions(path, kept);
    } catch (IOException refused) {
      cause = refused;
    }
    if (!kept.containsAll(Files.getPosixFilePermissions(path))) {
      throw new IOException(
          path
              + " can be used by other users ("
              + PosixFilePermissions.toString(present)
              + "), and this user cannot change that"
              + remedy,
          cause);
    }
    LOG.warn(
        "{} could be used by other users ({}) and is now restricted to its owner ({})",
        path,
        PosixFilePermissions.toString(present),
        PosixFilePermissions.toString(kept));
  }
}
