package dev.backlane.image;

import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ExecutionException;

/// An OCI image with the program, for one architecture. The same files give the same image.
///
/// Its layers, of which the later ones change more often: the base, the Java runtime, the
/// libraries, and the program with its cache of classes. The process is not root, writes to the
/// volume and to `/tmp` only, and is configured by variables or a mounted file.
final class ProgramImage {
  /// The user and the group of the process, as in `packaging/kubernetes` and the Dockerfile.
  static final String USER = "10001:10001";

  static final int PORT = 8080;

  private static final AbsoluteUnixPath HOME = AbsoluteUnixPath.get("/opt/backlane");
  private static final AbsoluteUnixPath DATA = AbsoluteUnixPath.get("/var/lib/backlane");
  private static final String ROOT = "0:0";
  private static final String ANNOTATION = "org.opencontainers.image.";
  // Folders too.
  private static final FilePermissions EXECUTABLE = FilePermissions.fromOctalString("755");
  private static final FilePermissions PUBLIC_FILE = FilePermissions.fromOctalString("644");

  private final Path program;
  private final Path license;
  private final Instant time;
  private final String version;

  /// @param program the folder that `packaging/program/build` wrote
  /// @param time the modification time of all files. The JVM compares it with the one that was
  ///     recorded in the cache of classes
  ProgramImage(Path program, Path license, Instant time, String version) {
    this.program = program;
    this.license = license;
    this.time = time;
    this.version = version;
  }

  /// Writes the image as an archive with an OCI image layout.
  ///
  /// @param base an archive as of `docker save`, whose architecture is that of the image
  /// @param work an empty folder, which the caller deletes
  void write(Path base, Path work, Path file)
      throws IOException,
          InterruptedException,
          ExecutionException,
          RegistryException,
          CacheDirectoryCreationException,
          InvalidImageReferenceException {
    var image =
        Jib.from(TarImage.at(base))
            .setFormat(ImageFormat.OCI)
            .setCreationTime(time)
            .addFileEntriesLayer(layer("runtime", "runtime"))
            .addFileEntriesLayer(layer("libraries", "app/lib", "app/native"))
            .addFileEntriesLayer(programLayer(Files.createDirectory(work.resolve("data"))))
            .setUser(USER)
            .setWorkingDirectory(DATA)
            .addVolume(DATA)
            .addExposedPort(Port.tcp(PORT))
            .setEntrypoint(HOME.resolve("bin/backlane").toString())
            .setProgramArguments("serve");
    setVariables(image);
    setAnnotations(image);
    image.containerize(
        Containerizer.to(TarImage.at(file).named("backlane:" + version))
            .setToolName("packaging/image")
            .setOfflineMode(true)
            .setBaseImageLayersCache(work.resolve("base"))
            .setApplicationLayersCache(work.resolve("layers")));
  }

  private static void setVariables(JibContainerBuilder image) {
    image
        .addEnvironmentVariable("PATH", HOME.resolve("bin") + ":/usr/sbin:/usr/bin:/sbin:/bin")
        .addEnvironmentVariable("LANG", "C.UTF-8")
        .addEnvironmentVariable("BACKLANE_SERVER_HOST", "0.0.0.0")
        .addEnvironmentVariable("BACKLANE_SERVER_PORT", String.valueOf(PORT))
        // Of the memory of the container; the rest is for the store and the threads.
        .addEnvironmentVariable("BACKLANE_JAVA_OPTS", "-XX:MaxRAMPercentage=60");
  }

  /// The annotations that the OCI image specification predefines, as labels.
  private void setAnnotations(JibContainerBuilder image) {
    image
        .addLabel(ANNOTATION + "title", "Backlane")
        .addLabel(
            ANNOTATION + "description", "Makes any HTTP API's long calls run in the background.")
        .addLabel(ANNOTATION + "version", version)
        .addLabel(ANNOTATION + "created", time.toString())
        .addLabel(ANNOTATION + "url", "https://backlane.dev")
        .addLabel(ANNOTATION + "licenses", "Apache-2.0");
  }

  /// @param empty a folder, of which only the owner and the mode enter the layer
  private FileEntriesLayer programLayer(Path empty) throws IOException {
    return layer("program", "app/backlane.jar", "app/backlane.aot", "bin/backlane").toBuilder()
        .addEntry(license, HOME.resolve("LICENSE"), PUBLIC_FILE, time, ROOT)
        .addEntry(empty, DATA, FilePermissions.fromOctalString("700"), time, USER)
        .build();
  }

  /// A layer with files and folders of the program, owned by root and readable by all.
  private FileEntriesLayer layer(String name, String... paths) throws IOException {
    var layer = FileEntriesLayer.builder().setName(name);
    for (var path : paths) {
      layer.addEntryRecursive(
          program.resolve(path),
          HOME.resolve(path),
          (file, _) -> Files.isExecutable(file) ? EXECUTABLE : PUBLIC_FILE,
          (_, _) -> time,
          (_, _) -> ROOT);
    }
    return layer.build();
  }
}
