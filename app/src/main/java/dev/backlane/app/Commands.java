package dev.backlane.app;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// The command line: which commands there are, and what their ends look like.
final class Commands {
  static final int FAILED = 1;
  static final int WRONG_INPUT = 2;

  private final CommandLine line;

  /// @param environment the variables of the process
  /// @param start starts a gateway
  Commands(
      Map<String, String> environment,
      Function<Config, RunningGateway> start,
      StopSignal stop,
      PrintWriter out,
      PrintWriter err) {
    var serve = new CommandLine(new ServeCommand(environment, start, stop));
    var checkConfig = new CommandLine(new CheckConfigCommand(environment));
    ConfigOptions.addTo(serve);
    ConfigOptions.addTo(checkConfig);
    var keys = new CommandLine(new KeysCommand(environment));
    ConfigOptions.addTo(keys);
    keys.setCaseInsensitiveEnumValuesAllowed(false);
    var store = new CommandLine(new StoreCommand(environment));
    ConfigOptions.addTo(store);
    var migrateStore = new CommandLine(new MigrateStoreCommand(environment));
    ConfigOptions.addTo(migrateStore);
    this.line =
        new CommandLine(new Top())
            .addSubcommand(serve)
            .addSubcommand(new DemoCommand(environment, start, stop))
            .addSubcommand(checkConfig)
            .addSubcommand(keys)
            .addSubcommand(store)
            .addSubcommand(migrateStore)
            .addSubcommand(new ConfigReferenceCommand());
    line.setOut(out)
        .setErr(err)
        .setExpandAtFiles(false)
        .setParameterExceptionHandler(Commands::onWrongUsage)
        .setExecutionExceptionHandler(Commands::onFailure);
  }

  /// Runs the command that the arguments name.
  ///
  /// @return the exit code of the process
  int run(String... args) {
    return line.execute(args);
  }

  private static int onWrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .println(
            "backlane: "
                + String.valueOf(e.getMessage()).lines().findFirst().orElse("wrong usage")
                + "; see "
                + name
                + " --help");
    return WRONG_INPUT;
  }

  private static int onFailure(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    switch (e) {
      case InvalidConfigException invalid -> invalid.lines().forEach(err::println);
      case StartException wrong -> err.println("backlane: " + wrong.getMessage());
      default -> {
        err.println("backlane: internal failure, please report it with what follows");
        e.printStackTrace(err);
        return FAILED;
      }
    }
    return WRONG_INPUT;
  }

  /// What stands before the commands.
  @Command(
      name = "backlane",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      header = "Makes any HTTP API's long calls run in the background.",
      description = {
        "",
        "A client adds the header erp-api-background to a call and gets 202 at once; Backlane runs the call against the"
            + " API later and keeps its state and its answer.",
        ""
      },
      commandListHeading = "%nCommands:%n",
      footer = {
        "",
        "To put it before an API of yours and try it without authentication:",
        "  backlane serve --upstream=http://127.0.0.1:9000 --auth.mode=none",
        "  curl -i -H 'erp-api-background: none' http://127.0.0.1:8080/any/path",
        "  curl -i http://127.0.0.1:8080/v1/background/ID      (ID as in the answer)",
        "",
        "'backlane COMMAND --help' tells more about a command. All settings: docs/configuration.md; a file to start from:"
            + " docs/examples/backlane.yaml.",
        "Exit codes: 0 done, 2 wrong input, configuration or environment, 1 failure of Backlane."
      })
  static final class Top implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), "name a command, such as serve");
    }
  }
}
