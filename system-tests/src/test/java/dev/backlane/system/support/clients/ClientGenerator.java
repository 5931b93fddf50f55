package dev.backlane.system.support.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.Repository;
import java.io.File;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Generates clients with openapi-generator, in a process of its own because its jar contains other
/// versions of our dependencies. Stateless.
public final class ClientGenerator {
  private ClientGenerator() {}

  /// The class path of a generated Java client: its libraries, most of them in the jar of the
  /// generator.
  public static String javaClassPath() {
    return Stream.of("openapi-generator-cli", "jackson-databind-nullable", "javax.annotation-api")
        .map(name -> jar(name).toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Path jar(String name) {
    return Repository.root().resolve("system-tests/target/tools/" + name + ".jar");
  }

  /// Generates a client.
  ///
  /// @param generator such as `php`
  /// @param document the URL of the OpenAPI document
  /// @param folder for the client
  /// @param options further arguments
  public static void generate(String generator, URI document, Path folder, String... options) {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-jar",
                jar("openapi-generator-cli").toString(),
                "generate",
                "--generator-name",
                generator,
                "--input-spec",
                document.toString(),
                "--output",
                folder.toString()));
    command.addAll(List.of(options));
    var generated = ExternalProgram.run(command);
    assertThat(generated.exitCode()).as("%s", generated).isZero();
  }
}
