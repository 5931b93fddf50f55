package dev.backlane.app.cli.calls;

import dev.backlane.app.doctor.Permissions;
import dev.backlane.app.wiring.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// The profiles of a user: named sets of options, in a YAML file:
///
/// ```yaml
/// test:
///   server: https://test.example.com
///   token-url: https://login.example.com/token
///   client-id: robot
///   client-secret: "@/run/secrets/robot"
/// ```
final class Profiles {
  /// The profile that is used if none is named.
  static final String DEFAULT = "default";

  private static final List<String> SECRETS = List.of("token", "client-secret", "admin-token");

  private Profiles() {}

  /// The file: `BACKLANE_PROFILES`, or `backlane/profiles.yaml` in the user's configuration folder.
  static Path file(Map<String, String> environment) {
    var named = environment.get("BACKLANE_PROFILES");
    if (named != null) {
      return Path.of(named);
    }
    var folder = environment.get("XDG_CONFIG_HOME");
    return (folder == null
            ? Path.of(environment.getOrDefault("HOME", "."), ".config")
            : Path.of(folder))
        .resolve("backlane")
        .resolve("profiles.yaml");
  }

  /// The options of a profile, by their names without `--`.
  ///
  /// @param name empty: the default profile, which may be missing
  /// @param warnings receives a warning if other users can read a secret in the file
  /// @throws StartException if a named profile is missing, or the file is not valid
  static Map<String, String> read(Path file, Optional<String> name, Consumer<String> warnings) {
    if (!Files.exists(file)) {
      if (name.isPresent()) {
        throw new StartException(
            "there is no profile \"" + name.get() + "\": the file " + file + " does not exist");
      }
      return Map.of();
    }
    Object document;
    try {
      document = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
    } catch (IOException | YamlEngineException unusable) {
      throw new StartException(
          "the profiles in " + file + " cannot be read: " + unusable.getMessage(), unusable);
    }
    if (!(document instanceof Map<?, ?> profiles)) {
      throw new StartException("the file " + file + " must map the names of profiles to options");
    }
    var profile = profiles.get(name.orElse(DEFAULT));
    if (profile == null && name.isEmpty()) {
      return Map.of();
    }
    if (!(profile instanceof Map<?, ?> options)) {
      throw new StartException(
          "the file "
              + file
              + " has no profile \""
              + name.orElse(DEFAULT)
              + "\"; it has "
              + profiles.keySet());
    }
    var read = new TreeMap<String, String>();
    options.forEach((key, value) -> read.put(String.valueOf(key), String.valueOf(value)));
    for (var key : read.keySet()) {
      if (!ServerOptions.NAMES.contains(key)) {
        throw new StartException(
            "the file "
                + file
                + " has the unknown option "
                + key
                + "; known: "
                + ServerOptions.NAMES);
      }
    }
    if (SECRETS.stream().anyMatch(key -> isSecret(read.get(key)))
        && Permissions.openToOthers(file)) {
      warnings.accept(
          file + " contains a secret and can be read by other users; run: chmod 600 " + file);
    }
    return read;
  }

  /// Whether a value is a secret itself, and not the name of its file.
  private static boolean isSecret(@Nullable String value) {
    return value != null && !value.startsWith("@");
  }
}
