package dev.backlane.system.support.node;

import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.Repository;
import dev.backlane.system.support.ServerProgram;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The programs of `system-tests/src/test/node/package.json`, which `scripts/install-packages`
/// installs where npm is available. Stateless.
public final class NodeTools {
  /// Settings with which the programs use no network.
  private static final Map<String, String> OFFLINE =
      Map.of("REDOCLY_TELEMETRY", "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");

  private NodeTools() {}

  /// Whether the machine has npm, so that the programs can be installed.
  public static boolean npmIsAvailable() {
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(System.getenv().getOrDefault("PATH", ""))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "npm")));
  }

  /// Runs a program until it ends.
  ///
  /// @param folder in which it runs
  public static Ended run(Path folder, String program, List<String> arguments) {
    var path = modules().resolve(".bin").resolve(program);
    if (!Files.isExecutable(path)) {
      throw new IllegalStateException(path + " is missing; run scripts/install-packages");
    }
    var command = new ArrayList<>(List.of(path.toString()));
    command.addAll(arguments);
    var environment = new HashMap<>(System.getenv());
    environment.putAll(OFFLINE);
    return ExternalProgram.start(command, folder, Map.copyOf(environment)).awaitEnd();
  }

  /// Runs a script beside `package.json` until it ends. It finds the installed modules with
  /// `createRequire(process.env.NODE_FOLDER)`.
  ///
  /// @param settings variables for the script, besides those of the tests
  public static Ended runScript(
      String script, List<String> arguments, Map<String, String> settings) {
    var command = new ArrayList<>(List.of("node", source(script).toString()));
    command.addAll(arguments);
    var environment = new HashMap<>(System.getenv());
    environment.putAll(folder());
    environment.putAll(settings);
    return ExternalProgram.start(command, Repository.root(), Map.copyOf(environment)).awaitEnd();
  }

  /// Starts a script beside `package.json` that serves until it is closed.
  static ServerProgram startScript(String script) {
    return new ServerProgram(List.of("node", source(script).toString()), folder());
  }

  private static Map<String, String> folder() {
    return Map.of("NODE_FOLDER", modules().resolveSibling("scripts.js").toString());
  }

  /// A file beside `package.json`.
  public static Path source(String name) {
    return Repository.root().resolve("system-tests/src/test/node").resolve(name);
  }

  private static Path modules() {
    return Repository.root().resolve("system-tests/target/node/node_modules");
  }
}
