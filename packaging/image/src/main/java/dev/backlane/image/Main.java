package dev.backlane.image;

import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.RegistryException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ExecutionException;

/// Writes the image, for `packaging/image/build`.
public final class Main {
  private static final int EXIT_USAGE = 2;
  private static final int ARGUMENTS = 7;

  private Main() {}

  /// Writes the image to a file.
  ///
  /// @param args the archive with the base, the folder with the program, the file with the license,
  ///     the time of all files, the version, an empty folder for temporary files, and the file to
  ///     write
  public static void main(String[] args)
      throws IOException,
          InterruptedException,
          ExecutionException,
          RegistryException,
          CacheDirectoryCreationException,
          InvalidImageReferenceException {
    if (args.length != ARGUMENTS) {
      System.err.println("usage: BASE.tar PROGRAM LICENSE TIME VERSION WORK FILE.tar");
      System.exit(EXIT_USAGE);
    }
    new ProgramImage(Path.of(args[1]), Path.of(args[2]), Instant.parse(args[3]), args[4])
        .write(Path.of(args[0]), Path.of(args[5]), Path.of(args[6]));
  }
}
