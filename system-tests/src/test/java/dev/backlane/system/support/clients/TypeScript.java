package dev.backlane.system.support.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The TypeScript compiler, which the build unpacks, with the types of Node. Stateless.
public final class TypeScript {
  private static final Path MODULES =
      Repository.root().resolve("system-tests/target/tools/node_modules");

  private TypeScript() {}

  /// The folder of the types that `types` in a configuration names.
  public static Path types() {
    return MODULES.resolve("@types");
  }

  /// Compiles sources to JavaScript; fails if the compiler reports an error.
  ///
  /// @param folder in which the compiler runs
  public static void compile(Path folder, String... arguments) {
    var command =
        new ArrayList<>(List.of("node", MODULES.resolve("typescript/lib/tsc.js").toString()));
    command.addAll(List.of(arguments));
    var ended = ExternalProgram.start(command, folder, System.getenv()).awaitEnd();
    assertThat(ended.exitCode()).as("%s", ended).isZero();
  }
}
