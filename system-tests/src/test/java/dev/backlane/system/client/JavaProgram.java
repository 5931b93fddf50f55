package dev.backlane.system.client;

import dev.backlane.client.Backlane;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.Repository;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A complete Java program of a page in `docs/`, run as it is printed there, with the client and
/// its libraries as modules. Immutable.
record JavaProgram(String source) {
  private static final Pattern BLOCK =
      Pattern.compile("^```java\\n(import .*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

  /// The programs of a page, which begin with an import.
  static List<JavaProgram> of(String page) throws IOException {
    var text = Files.readString(Repository.root().resolve("docs").resolve(page));
    return BLOCK.matcher(text).results().map(found -> new JavaProgram(found.group(1))).toList();
  }

  /// Starts it in a process of its own.
  ///
  /// @param folder where its source is written
  ExternalProgram start(Path folder, String... arguments) throws Exception {
    var file = Files.writeString(folder.resolve("Program.java"), source);
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("--module-path", modules(), "--add-modules", "dev.backlane.client"));
    command.add(file.toString());
    command.addAll(List.of(arguments));
    return ExternalProgram.start(command, folder, Map.of());
  }

  private static String modules() throws ClassNotFoundException {
    return Stream.of(
            Backlane.class,
            Class.forName("tools.jackson.databind.ObjectMapper"),
            Class.forName("tools.jackson.core.JsonParser"),
            Class.forName("com.fasterxml.jackson.annotation.JsonProperty"))
        .map(JavaProgram::location)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
