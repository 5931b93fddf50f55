package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.Raw.Origin;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Reads the values of settings from the file, the environment and the flags. Not thread-safe.
public final class ConfigReader {
  private static final String PREFIX = "BACKLANE_";
  private static final int FILE_BYTES_MAX = 1 << 20;

  /// Variables with the prefix that are not settings: the launcher reads them, or the commands of
  /// callers.
  private static final Set<String> RESERVED =
      Set.of(
          "BACKLANE_JAVA_OPTS",
          "BACKLANE_JAVA_HOME",
          "BACKLANE_JDK_FOLDERS",
          "BACKLANE_HOME",
          "BACKLANE_CONFIG",
          "BACKLANE_SERVER",
          "BACKLANE_TOKEN",
          "BACKLANE_TOKEN_URL",
          "BACKLANE_CLIENT_ID",
          "BACKLANE_CLIENT_SECRET",
          "BACKLANE_SCOPE",
          "BACKLANE_TENANT",
          "BACKLANE_PROFILE",
          "BACKLANE_PROFILES");

  /// Variables that Kubernetes sets in the containers of a namespace with a service named
  /// `backlane`.
  private static final Pattern SERVICE_LINK =
      Pattern.compile("BACKLANE_(SERVICE_(HOST|PORT(_\\w+)?)|PORT_\\d+_(TCP|UDP|SCTP)(_\\w+)?)");

  private final ConfigSources sources;
  private final List<Setting<?>> settings;
  private final Problems problems = new Problems();
  private final Values values;

  /// False if the file is unreadable: then no setting is reported as missing.
  private boolean fileIsRead;

  private ConfigReader(ConfigSources sources, List<Setting<?>> settings) {
    this.sources = sources;
    this.settings = settings;
    Origin whole =
        sources
            .file()
            .<Origin>map(file -> new Origin.InFile(file.toString(), 0, 0))
            .orElseGet(Origin.Nowhere::new);
    this.values = new Values(settings, "", whole, problems);
  }

  /// Reads the values of settings and checks them.
  ///
  /// @param settings all known settings; any other key, flag or `BACKLANE_` variable is a problem
  /// @param rules check values against each other and report problems
  /// @throws InvalidConfigException with all problems at once
  public static Values read(
      ConfigSources sources, List<Setting<?>> settings, Consumer<Values> rules)
      throws InvalidConfigException {
    ConfigReader reader = new ConfigReader(sources, settings);
    reader.readFile();
    reader.readEnvironment();
    reader.readFlags();
    if (reader.fileIsRead) {
      rules.accept(reader.values);
    }
    if (!reader.problems.isEmpty()) {
      throw new InvalidConfigException(reader.problems.lines());
    }
    return reader.values;
  }

  private void readFile() {
    Optional<Raw> content =
        sources
            .file()
            .flatMap(this::text)
            .flatMap(
                text -> YamlReader.ofFile(sources.file().orElseThrow().toString(), text, problems));
    fileIsRead = content.isPresent() || problems.isEmpty();
    content.ifPresent(raw -> values.put(raw));
  }

  private Optional<String> text(Path file) {
    Origin origin = new Origin.InFile(file.toString(), 0, 0);
    try {
      if (Files.isDirectory(file)) {
        problems.add(origin, "", "is a directory", "name a YAML file");
        return Optional.empty();
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        problems.add(
            origin,
            "",
            "is longer than " + Types.show(FILE_BYTES_MAX),
            "name a configuration file");
        return Optional.empty();
      }
      String text = Files.readString(file);
      return Optional.of(text.startsWith("\uFEFF") ? text.substring(1) : text);
    } catch (NoSuchFileException e) {
      problems.add(
          origin,
          "",
          "does not exist",
          "check the path; a relative path is resolved against " + Path.of("").toAbsolutePath());
    } catch (AccessDeniedException e) {
      problems.add(origin, "", "is not readable by this user", "change its owner or its mode");
    } catch (CharacterCodingException e) {
      problems.add(origin, "", "is not UTF-8 text", "save it as UTF-8");
    } catch (IOException e) {
      problems.add(origin, "", "cannot be read: " + e.getMessage(), "check the file and its disk");
    }
    return Optional.empty();
  }

  private void readEnvironment() {
    Map<String, Setting<?>> byName = new LinkedHashMap<>();
    settings.forEach(setting -> byName.put(setting.environmentName(), setting));
    for (Map.Entry<String, String> variable : new TreeMap<>(sources.environment()).entrySet()) {
      String name = variable.getKey();
      if (byName.containsKey(name)) {
        readText(byName.get(name), variable.getValue(), new Origin.InEnvironment(name));
      } else if (name.startsWith(PREFIX)
          && !RESERVED.contains(name)
          && !isServiceLink(name, variable.getValue())) {
        String fix = Problems.suggestion(name, byName.keySet(), "unset it");
        problems.add(new Origin.InEnvironment(name), "", "is not a known variable", fix);
      }
    }
  }

  private static boolean isServiceLink(String name, String value) {
    return SERVICE_LINK.matcher(name).matches()
        || (name.equals("BACKLANE_PORT") && value.contains("://"));
  }

  private void readFlags() {
    Map<String, Setting<?>> byFlag = new LinkedHashMap<>();
    for (Setting<?> setting : settings) {
      byFlag.put(setting.flag(), setting);
      setting.shortFlag().ifPresent(flag -> byFlag.put(flag, setting));
    }
    Set<String> known = new LinkedHashSet<>(byFlag.keySet());
    known.addAll(sources.otherFlags());
    Set<Setting<?>> seen = new LinkedHashSet<>();
    for (ConfigSources.Flag flag : sources.flags()) {
      Origin origin = new Origin.InFlag(flag.name());
      Setting<?> setting = byFlag.get(flag.name());
      if (setting == null) {
        problems.add(
            origin, "", "is not known", Problems.suggestion(flag.name(), known, "remove it"));
      } else if (!seen.add(setting)) {
        problems.add(origin, setting.key(), "is given twice as a flag", "keep one of the two");
      } else {
        readText(setting, flag.value(), origin);
      }
    }
  }

  private <T> void readText(Setting<T> setting, String text, Origin origin) {
    setting
        .type()
        .split(text, origin, setting.key(), problems)
        .ifPresent(raw -> values.put(setting, raw));
  }
}
