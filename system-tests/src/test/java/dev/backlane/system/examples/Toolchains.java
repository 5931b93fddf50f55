package dev.backlane.system.examples;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.backlane.client.Backlane;
import dev.backlane.system.support.Repository;
import dev.backlane.system.support.clients.TypeScript;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.ObjectMapper;

/// Commands that run programs in the languages of the examples. Immutable.
final class Toolchains {
  static final Path EXAMPLES = Repository.root().resolve("examples");

  private static final String SPRING_PACKAGE = "dev.backlane.examples.spring.";

  /// Compiling without optimizations is faster for programs that are short-lived.
  private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

  private Toolchains() {}

  /// A program in Java that uses the client, as a source file.
  static List<String> java(Path source) {
    return List.of(executable(), QUICK_START, "--class-path", clientPath(), source.toString());
  }

  /// A class of the example for Spring.
  static List<String> spring(String name) throws IOException {
    var module = EXAMPLES.resolve("spring/target");
    var classPath = Files.readString(module.resolve("class-path.txt"));
    return List.of(
        executable(),
        QUICK_START,
        "--class-path",
        module.resolve("classes") + File.pathSeparator + classPath,
        SPRING_PACKAGE + name);
  }

  /// Compiles TypeScript, with all checks, to JavaScript that each supported version of Node runs.
  ///
  /// @param sources a folder with the example's `tsconfig.json` and `package.json`
  static void compileTypeScript(Path sources, Path target) throws IOException {
    TypeScript.compile(
        sources,
        "--project",
        ".",
        "--typeRoots",
        TypeScript.types().toString(),
        "--outDir",
        target.toString());
    Files.copy(sources.resolve("package.json"), target.resolve("package.json"));
  }

  private static String executable() {
    return ProcessHandle.current().info().command().orElseThrow();
  }

  private static String clientPath() {
    return Stream.of(Backlane.class, ObjectMapper.class, JsonParser.class, JsonValue.class)
        .map(Toolchains::origin)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String origin(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(type + " is not loaded from a file", impossible);
    }
  }

  /// Writes `backlane` to a folder: the launcher as the pages call it, without a build.
  static void writeLauncher(Path folder) throws IOException {
    var launcher =
        Files.writeString(
            folder.resolve("backlane"),
            "#!/bin/sh\nexec '%s' %s -jar '%s' \"$@\"\n"
                .formatted(executable(), QUICK_START, Repository.jar()));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /// A command with further arguments.
  static List<String> with(List<String> command, String... arguments) {
    var complete = new ArrayList<>(command);
    complete.addAll(List.of(arguments));
    return complete;
  }
}
