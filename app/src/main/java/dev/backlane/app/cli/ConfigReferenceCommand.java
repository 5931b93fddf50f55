package dev.backlane.app.cli;

import dev.backlane.app.config.sections.Config;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Prints the reference of all settings.
@Command(
    name = "config-reference",
    mixinStandardHelpOptions = true,
    header = "Prints the reference of all settings in Markdown.",
    description = {"", "The same page as docs/configuration.md, for this version.", ""})
final class ConfigReferenceCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    var out = Objects.requireNonNull(spec).commandLine().getOut();
    out.print(Config.documentation());
    out.flush();
  }
}
