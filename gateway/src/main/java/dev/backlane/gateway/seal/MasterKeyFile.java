package dev.backlane.gateway.seal;

import dev.backlane.engine.store.local.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file of a master key: one line of base64.
final class MasterKeyFile {
  private static final Logger LOG = LoggerFactory.getLogger(MasterKeyFile.class);
  private static final int FILE_BYTES_MAX = 1024;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private MasterKeyFile() {}

  /// Creates the file with a new key, atomically, and never replaces a file that another process
  /// has created meanwhile.
  static void create(Path file) throws IOException {
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder");
    DurableFiles.createDirectories(folder);
    Path draft =
        Files.createTempFile(folder, "." + file.getFileName() + "-", ".new", ownerOnly(folder));
    try {
      writeDurably(draft);
      publish(draft, file);
    } finally {
      Files.delete(draft);
    }
    DurableFiles.sync(folder);
  }

  /// Replaces a file by another one, atomically.
  static void replace(Path file, Path next) throws IOException {
    DurableFiles.move(next, file);
  }

  static String read(Path file) throws IOException {
    long sizeBytes = Files.size(file);
    if (sizeBytes > FILE_BYTES_MAX) {
      throw new MasterKeyException(file + " is not a master key: it is longer than 1 KiB");
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  static void refuseReadableByOthers(Path file) throws IOException {
    if (!isPosix(file)) {
      return;
    }
    if (!OWNER_ONLY.containsAll(withoutExecute(Files.getPosixFilePermissions(file)))) {
      throw new MasterKeyException(
          file + " can be read or written by other users; run: chmod 600 " + file);
    }
  }

  private static Set<PosixFilePermission> withoutExecute(Set<PosixFilePermission> permissions) {
    var kept = EnumSet.copyOf(OWNER_ONLY);
    kept.addAll(permissions);
    kept.remove(PosixFilePermission.OWNER_EXECUTE);
    return kept;
  }

  private static void writeDurably(Path draft) throws IOException {
    byte[] key = new byte[MasterKey.KEY_BYTES];
    new SecureRandom().nextBytes(key);
    String line = Base64.getEncoder().encodeToString(key) + "\n";
    var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
    try (var channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      DurableFiles.writeFully(channel, bytes);
      channel.force(true);
    }
  }

  // A hard link, because renaming would replace the key that another process has just created.
  private static void publish(Path draft, Path file) throws IOException {
    try {
      Files.createLink(file, draft);
      LOG.info("created the master key {}; back it up, apart from the data", file);
    } catch (FileAlreadyExistsException another) {
      LOG.debug("another process has created {}", file);
    } catch (UnsupportedOperationException | FileSystemException unsupported) {
      throw new MasterKeyException(
          "cannot create the master key "
              + file
              + " in one step: its file system has no hard links; create the file yourself with: "
              + "(umask 077; openssl rand -base64 32 > "
              + file
              + ")",
          unsupported);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path folder) {
    return isPosix(folder)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path path) {
    return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
  }
}
