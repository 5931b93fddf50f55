package dev.backlane.app.cli;

import dev.backlane.app.cli.usage.HelpOptions;
import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.process.Terminal;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.demo.Demo;
import dev.backlane.demo.Gateway;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Shows a background call end to end.
@Command(
    name = "demo",
    header = "Shows a background call end to end on this machine, without any setup.",
    description = {
      "",
      "Starts on free ports of 127.0.0.1: a sample invoice API that takes seconds to release an"
          + " invoice, a token issuer (OAuth 2.0 client credentials), and the gateway with its"
          + " embedded store in a temporary directory. Then a client gets a token, sends a slow"
          + " call that times out, sends it again with the header erp-api-background, polls its"
          + " state and reads its content. Each HTTP exchange is printed; tokens are shortened."
          + " Takes about ten seconds.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 all steps succeeded, 1 a step failed, 2 the demo could not start.",
      "Output on a terminal is coloured; NO_COLOR=1 disables that.",
      "",
      "Examples:",
      "  backlane demo",
      "  backlane demo --keep      then copy the curl command that it prints"
    })
final class DemoCommand implements Callable<Integer> {
  private final Map<String, String> environment;
  private final Function<Config, RunningGateway> start;
  private final StopSignal stop;

  @Mixin
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private final HelpOptions help = new HelpOptions();

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--keep",
      description =
          "Keeps everything running until Ctrl-C, prints a curl command with a valid token, and"
              + " keeps the directory.")
  private boolean keep;

  DemoCommand(
      Map<String, String> environment, Function<Config, RunningGateway> start, StopSignal stop) {
    this.environment = environment;
    this.start = start;
    this.stop = stop;
  }

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Demo demo = new Demo(this::start, out, Terminal.showsColors(environment));
    return keep ? demo.runAndKeep(stop::await) : demo.run();
  }

  // Ignores the operator's BACKLANE_ variables, so that the demo is the same on every machine.
  private Gateway start(Path configFile) {
    try {
      return new DemoGateway(
          start.apply(
              Config.read(new ConfigSources(Optional.of(configFile), Map.of(), List.of()))));
    } catch (InvalidConfigException wrong) {
      throw new IllegalStateException(
          "the demo's own configuration is wrong: " + wrong.getMessage(), wrong);
    }
  }

  /// Adapts a running gateway to the demo.
  private record DemoGateway(RunningGateway gateway) implements Gateway {
    @Override
    public URI url() {
      return gateway.url();
    }

    @Override
    public void close() {
      gateway.close();
    }
  }
}
