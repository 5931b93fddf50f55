package dev.backlane.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A generated module with Backlane's root pom as its parent, and so with the same compiler,
/// plugins and checks. It is below `app/target`, so that Maven also finds the repository's
/// `.mvn/jvm.config`.
final class PlantedProject {
  private static final long BUILD_SECONDS_MAX = 180;
  private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

  private final Path folder;

  private PlantedProject(Path folder) {
    this.folder = folder;
  }

  /// The output and the exit code of Maven.
  record Outcome(int exitCode, String output) {}

  static PlantedProject create() throws IOException {
    Path all = Files.createDirectories(Repository.root().resolve("app/target/planted"));
    Path folder = Files.createTempDirectory(all, "project");
    Files.writeString(folder.resolve("pom.xml"), pom(folder));
    return new PlantedProject(folder);
  }

  PlantedProject with(String type, String source) throws IOException {
    Path sources = Files.createDirectories(folder.resolve("src/main/java/dev/backlane/planted"));
    Files.writeString(sources.resolve(type + ".java"), source);
    return this;
  }

  /// Runs Maven as the launcher does, on the JDK and with the local repository of this build.
  Outcome build(String phase) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(maven(), "-B", "-ntp"));
    var repository = System.getProperty("backlane.maven.repository");
    if (repository != null) {
      command.add("-Dmaven.repo.local=" + repository);
    }
    command.add(phase);
    Path log = folder.resolve("build.log");
    var process = new ProcessBuilder(command).directory(folder.toFile());
    process.environment().put("JAVA_HOME", System.getProperty("java.home"));
    var maven = process.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!maven.waitFor(BUILD_SECONDS_MAX, TimeUnit.SECONDS)) {
      maven.descendants().forEach(ProcessHandle::destroyForcibly);
      maven.destroyForcibly();
      throw new IllegalStateException("Maven took more than " + BUILD_SECONDS_MAX + " s: " + log);
    }
    return new Outcome(maven.exitValue(), Files.readString(log, UTF_8));
  }

  private static String maven() {
    boolean installed =
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "mvn")));
    return installed ? "mvn" : Repository.root().resolve("mvnw").toString();
  }

  private static String pom(Path folder) throws IOException {
    Path parent = folder.relativize(Repository.root().resolve("pom.xml"));
    return """
    <project xmlns="http://maven.apache.org/POM/4.0.0">
      <modelVersion>4.0.0</modelVersion>
      <parent>
        <groupId>dev.backlane</groupId>
        <artifactId>backlane-parent</artifactId>
        <version>%s</version>
        <relativePath>%s</relativePath>
      </parent>
      <artifactId>planted</artifactId>
    </project>
    """
        .formatted(version(), parent);
  }

  private static String version() throws IOException {
    var version = VERSION.matcher(Files.readString(Repository.root().resolve("pom.xml")));
    if (!version.find()) {
      throw new IllegalStateException("the root pom.xml has no version");
    }
    return version.group(1);
  }
}
