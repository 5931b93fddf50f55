package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Values;
import java.util.List;

/// A configuration together with the values that it was read from, so that it can be compared with
/// a later reading of the same sources. Immutable.
public final class LoadedConfig {
  private final Values values;
  private final Config config;

  private LoadedConfig(Values values) {
    this.values = values;
    this.config = Config.of(values);
  }

  /// Reads and checks the configuration.
  ///
  /// @throws InvalidConfigException with all problems at once
  public static LoadedConfig read(ConfigSources sources) throws InvalidConfigException {
    return new LoadedConfig(Config.values(sources));
  }

  /// The configuration.
  public Config config() {
    return config;
  }

  /// The settings with a secret that the file itself contains.
  public List<Setting<?>> secretsInFile() {
    return values.secretsInFile();
  }

  /// The settings whose values differ from those of an earlier reading.
  public List<Setting<?>> changedSince(LoadedConfig earlier) {
    return values.changedSince(earlier.values);
  }
}
