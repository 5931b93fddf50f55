package dev.backlane.app.cli.catcher;

import dev.backlane.engine.store.local.DurableFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;

/// The secret of the local webhook receiver, in a file that its owner alone can read, so that it
/// stays the same when the receiver is started again.
public final class KeptSecret {
  private static final int KEY_BYTES = 32;

  private final Path folder;

  private KeptSecret(Path folder) {
    this.folder = folder;
  }

  /// In a folder, which is created if it does not exist.
  public static KeptSecret in(Path folder) {
    return new KeptSecret(folder);
  }

  /// The user's folder for the state of programs, for Backlane.
  public static Path folder(Map<String, String> environment) {
    var state = environment.get("XDG_STATE_HOME");
    return (state == null
            ? Path.of(environment.getOrDefault("HOME", "."), ".local", "state")
            : Path.of(state))
        .resolve("backlane");
  }

  /// The secret; creates it at the first call.
  public String readOrCreate() throws IOException {
    var file = folder.resolve("webhook-secret");
    if (Files.exists(file)) {
      return Files.readString(file).strip();
    }
    DurableFiles.createDirectories(folder, permissions("rwx------"));
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    var secret = "whsec_" + Base64.getEncoder().encodeToString(key);
    Files.createFile(file, permissions("rw-------"));
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      DurableFiles.writeFully(channel, StandardCharsets.US_ASCII.encode(secret + "\n"));
    }
    return secret;
  }

  private static FileAttribute<?> permissions(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }
}
