package dev.backlane.app.cli.usage;

import dev.backlane.app.wiring.Version;
import dev.backlane.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Prints the version.
@Command(name = "version", header = "Prints the versions of Backlane and Java.")
public final class VersionCommand implements Runnable {
  @Mixin
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private final HelpOptions help = new HelpOptions();

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public void run() {
    var out = Objects.requireNonNull(spec).commandLine().getOut();
    if (!json) {
      out.println(new VersionText().getVersion()[0]);
      return;
    }
    var document = new LinkedHashMap<String, String>();
    document.put("version", Version.text());
    document.put("java", Runtime.version().toString());
    document.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    out.println(new String(Json.bytes(document), StandardCharsets.UTF_8));
  }
}
