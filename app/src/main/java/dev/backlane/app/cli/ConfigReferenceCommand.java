package dev.backlane.app.cli;

import dev.backlane.app.cli.usage.HelpOptions;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.sections.Config;
import dev.backlane.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Prints the reference of all settings.
@Command(
    name = "config-reference",
    header = "Prints the reference of all settings in Markdown.",
    description = {"", "The same page as docs/configuration.md, for this version.", ""})
final class ConfigReferenceCommand implements Runnable {
  @Mixin
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private final HelpOptions help = new HelpOptions();

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--json", description = "Prints one JSON document instead.")
  private boolean json;

  @Override
  public void run() {
    var out = Objects.requireNonNull(spec).commandLine().getOut();
    if (json) {
      out.println(
          new String(
              Json.bytes(Config.SETTINGS.stream().map(ConfigReferenceCommand::document).toList()),
              StandardCharsets.UTF_8));
    } else {
      out.print(Config.documentation());
    }
    out.flush();
  }

  private static Map<String, Object> document(Setting<?> setting) {
    var document = new LinkedHashMap<String, Object>();
    document.put("key", setting.key());
    document.put("variable", setting.environmentName());
    document.put("flags", setting.flags());
    document.put("default", setting.fallback().orElse(null));
    document.put("expected", setting.type().expected());
    document.put("description", setting.description());
    document.put("reloadable", setting.reloadable());
    return document;
  }
}
