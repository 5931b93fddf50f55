package dev.backlane.app.config.reader;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The sources of a configuration. A flag overrides the environment, which overrides the file,
/// which overrides the default. Immutable.
///
/// @param file a YAML file
/// @param environment the variables of the process; only those with the prefix `BACKLANE_` are read
/// @param flags the flags of the command line
/// @param otherFlags the flags of the command that are not settings; suggested for mistyped ones
public record ConfigSources(
    Optional<Path> file,
    Map<String, String> environment,
    List<Flag> flags,
    List<String> otherFlags) {

  /// Sources of a configuration whose command has no flags besides the settings.
  public ConfigSources(Optional<Path> file, Map<String, String> environment, List<Flag> flags) {
    this(file, environment, flags, List.of());
  }

  /// One flag of the command line.
  ///
  /// @param name as written, dashes included
  public record Flag(String name, String value) {
    /// Omits the value, which may be a secret.
    @Override
    public String toString() {
      return "Flag[" + name + "]";
    }
  }

  public ConfigSources {
    environment = Map.copyOf(environment);
    flags = List.copyOf(flags);
    otherFlags = List.copyOf(otherFlags);
  }

  /// Names the file only, since the environment and the flags may contain secrets.
  @Override
  public String toString() {
    return "ConfigSources[" + file.map(Path::toString).orElse("no file") + "]";
  }
}
