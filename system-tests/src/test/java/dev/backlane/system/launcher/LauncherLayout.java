package dev.backlane.system.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/// A copy of the launcher in a folder with the layout of the repository. On its `PATH`, `javac` is
/// too old and `mvn` only records its calls. Nothing is compiled. Not thread-safe.
final class LauncherLayout {
  private static final Path DEBIAN_JDK_17 = Path.of("/usr/lib/jvm/java-17-openjdk-amd64");
  private static final List<String> TOOLS =
      List.of(
          "bash",
          "cat",
          "cp",
          "dirname",
          "find",
          "flock",
          "grep",
          "head",
          "ls",
          "mkdir",
          "readlink",
          "sed",
          "touch");
  private static final Instant JAR_TIME = Instant.parse("2026-01-01T12:00:00Z");

  private final Path folder;
  private final Path root;
  private final Path path;
  private final Map<String, String> environment = new LinkedHashMap<>();

  private LauncherLayout(Path folder) throws IOException {
    this.folder = folder;
    // With a space, because a user's path may contain one.
    this.root = Files.createDirectory(folder.resolve("the repository"));
    this.path = Files.createDirectory(folder.resolve("path"));
  }

  /// A layout whose sources are older than the jar.
  static LauncherLayout built(Path folder) throws IOException {
    var layout = unbuilt(folder);
    Files.createDirectories(layout.jar().getParent());
    Files.copy(folder.resolve("stub.jar"), layout.jar());
    layout.touch("app/target/backlane.jar", JAR_TIME);
    return layout;
  }

  /// A layout with sources and without a jar.
  static LauncherLayout unbuilt(Path folder) throws IOException {
    var layout = bare(folder);
    for (var source : List.of("pom.xml", "app/pom.xml", "app/src/main/java/Main.java")) {
      var file = layout.root.resolve(source);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "");
      layout.touch(source, JAR_TIME.minusSeconds(60));
    }
    layout.stubJar();
    layout.stubMaven("cp \"$STUB_JAR\" app/target/backlane.jar");
    return layout;
  }

  /// A layout with the real program and without sources.
  static LauncherLayout real(Path folder) throws IOException {
    var layout = bare(folder);
    Files.createDirectories(layout.root.resolve("app"));
    Files.createSymbolicLink(
        layout.root.resolve("app/target"), Repository.jar().toAbsolutePath().getParent());
    return layout;
  }

  private static LauncherLayout bare(Path folder) throws IOException {
    var layout = new LauncherLayout(folder);
    Files.copy(Repository.root().resolve("backlane"), layout.launcher());
    for (var tool : TOOLS) {
      Files.createSymbolicLink(layout.path.resolve(tool), found(tool));
    }
    for (var program : List.of("java", "javac")) {
      Files.createSymbolicLink(
          layout.path.resolve(program), layout.oldJdk().resolve("bin/" + program));
    }
    layout.environment.put("PATH", layout.path.toString());
    layout.environment.put("JAVA_HOME", layout.oldJdk().toString());
    layout.environment.put("BACKLANE_JDK_FOLDERS", layout.jdks().toString());
    layout.environment.put("STUB_JAR", folder.resolve("stub.jar").toString());
    layout.environment.put("STUB_LOG", folder.resolve("maven.log").toString());
    return layout;
  }

  /// A JDK 17: Debian's, or a stub.
  Path oldJdk() throws IOException {
    if (Files.isExecutable(DEBIAN_JDK_17.resolve("bin/javac"))) {
      return DEBIAN_JDK_17;
    }
    var fake = folder.resolve("jdk-17");
    if (!Files.exists(fake)) {
      Files.createDirectories(fake.resolve("bin"));
      Files.writeString(fake.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
      executable(fake.resolve("bin/java"), "exit 1");
      executable(fake.resolve("bin/javac"), "exit 1");
    }
    return fake;
  }

  /// A folder with a link to the JDK of the tests.
  Path jdks() throws IOException {
    var jdks = folder.resolve("some jdks");
    if (!Files.exists(jdks)) {
      Files.createDirectory(jdks);
      Files.createSymbolicLink(jdks.resolve("another"), jdk());
    }
    return jdks;
  }

  /// The JDK of the tests.
  static Path jdk() {
    return Path.of(System.getProperty("java.home"));
  }

  Path launcher() {
    return root.resolve("backlane");
  }

  Path root() {
    return root;
  }

  private Path jar() {
    return root.resolve("app/target/backlane.jar");
  }

  /// Sets a variable of the launcher.
  LauncherLayout with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /// Unsets a variable of the launcher.
  LauncherLayout without(String name) {
    environment.remove(name);
    return this;
  }

  /// Removes `mvn` from the `PATH`.
  LauncherLayout withoutMaven() throws IOException {
    Files.delete(path.resolve("mvn"));
    return this;
  }

  /// Moves `mvn` from the `PATH` to `mvnw` beside the launcher.
  LauncherLayout withWrapperInsteadOfMaven() throws IOException {
    Files.move(path.resolve("mvn"), root.resolve("mvnw"));
    return this;
  }

  /// Replaces what `mvn` does after it has recorded the call.
  void stubMaven(String commands) throws IOException {
    var call = "echo \"$JAVA_HOME $*\" >>\"$STUB_LOG\"\nmkdir -p app/target\n";
    executable(path.resolve("mvn"), call + commands);
  }

  /// The calls of `mvn`: its `JAVA_HOME`, then its arguments.
  List<String> mavenCalls() throws IOException {
    var log = folder.resolve("maven.log");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  /// Makes a file newer than the jar; creates it if necessary.
  void change(String file) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), "changed");
    touch(file, JAR_TIME.plusSeconds(1));
  }

  private void touch(String file, Instant time) throws IOException {
    Files.setLastModifiedTime(root.resolve(file), FileTime.from(time));
  }

  Ended launch(String... arguments) {
    return launchAs(launcher().toString(), folder, arguments);
  }

  /// @param command the launcher, relative to the folder or absolute
  Ended launchAs(String command, Path workingFolder, String... arguments) {
    return start(command, workingFolder, arguments).awaitEnd();
  }

  ExternalProgram start(String command, Path workingFolder, String... arguments) {
    var line = new ArrayList<String>(List.of(path.resolve("bash").toString(), "-c", "\"$@\"", "-"));
    line.add(command);
    line.addAll(List.of(arguments));
    return ExternalProgram.start(line, workingFolder, environment);
  }

  private void stubJar() throws IOException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, LaunchedProgram.class.getName());
    var name = LaunchedProgram.class.getName().replace('.', '/') + ".class";
    try (var jar =
            new JarOutputStream(Files.newOutputStream(folder.resolve("stub.jar")), manifest);
        var code = LaunchedProgram.class.getClassLoader().getResourceAsStream(name)) {
      jar.putNextEntry(new JarEntry(name));
      jar.write(Objects.requireNonNull(code).readAllBytes());
      jar.closeEntry();
    }
  }

  private static void executable(Path file, String commands) throws IOException {
    Files.writeString(file, "#!/bin/sh\nset -e\n" + commands + "\n", UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path found(String tool) {
    for (var folder : System.getenv("PATH").split(":", -1)) {
      var file = Path.of(folder, tool);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    throw new IllegalStateException("the tests need the program " + tool);
  }
}
