package dev.backlane.app.cli;

import dev.backlane.app.cli.calls.CallCommand;
import dev.backlane.app.cli.calls.ContentCommand;
import dev.backlane.app.cli.calls.OpsCommand;
import dev.backlane.app.cli.calls.TokenCommand;
import dev.backlane.app.cli.calls.WaitCommand;
import dev.backlane.app.cli.calls.WebhooksCommand;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.StartException;
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

/// The command line: the commands, and how each outcome is printed.
public final class Commands {
  static final int FAILED = 1;
  static final int WRONG_INPUT = 2;

  private final CommandLine line;

  /// @param environment the variables of the process
  /// @param start starts a gateway, which accepts requests on return
  /// @param stop waits for a request to stop the process
  public Commands(
      Map<String, String> environment,
      Function<Config, RunningGateway> start,
      StopSignal stop,
      PrintWriter out,
      PrintWriter err) {
    this.line =
        new CommandLine(new Top())
            .addSubcommand(new ServeCommand(new ConfigOptions(environment), start, stop))
            .addSubcommand(new DemoCommand(environment, start, stop))
            .addSubcommand(new CheckConfigCommand(new ConfigOptions(environment)))
            .addSubcommand(new KeysCommand(new ConfigOptions(environment)))
            .addSubcommand(new StoreCommand(new ConfigOptions(environment)))
            .addSubcommand(new MigrateStoreCommand(new ConfigOptions(environment)))
            .addSubcommand(new ConfigReferenceCommand())
            .addSubcommand(new CallCommand(environment))
            .addSubcommand(new WaitCommand(environment))
            .addSubcommand(new ContentCommand(environment))
            .addSubcommand(new OpsCommand(environment))
            .addSubcommand(new TokenCommand(environment))
            .addSubcommand(new WebhooksCommand(environment));
    line.setOut(out)
        .setErr(err)
        .setExpandAtFiles(false)
        .setParameterExceptionHandler(Commands::onWrongUsage)
        .setExecutionExceptionHandler(Commands::onFailure);
  }

  /// Runs the command that the arguments name.
  ///
  /// @return the exit code of the process: 0 done, 1 failure of Backlane, 2 wrong input,
  ///     configuration or environment, 3 stopped at once
  public int run(String... args) {
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
        err.println("backlane: internal failure; please report it with the following stack trace");
        e.printStackTrace(err);
        return FAILED;
      }
    }
    return WRONG_INPUT;
  }

  /// The command line without a command: shows the help, or reports that a command is missing.
  @Command(
      name = "backlane",
      mixinStandardHelpOptions = true,
      versionProvider = VersionText.class,
      header = "Makes any HTTP API's long calls run in the background.",
      description = {
        "",
        "A client adds the header erp-api-background to a call and gets 202 at once; Backlane sends"
            + " the call to the API later and keeps its state and its response.",
        ""
      },
      commandListHeading = "%nCommands:%n",
      footer = {
        "",
        "To run it in front of your own API and try it without authentication:",
        "  backlane serve --upstream=http://127.0.0.1:9000 --auth.mode=none",
        "  curl -i -H 'erp-api-background: none' http://127.0.0.1:8080/any/path",
        "  curl -i http://127.0.0.1:8080/v1/background/ID      (ID as in the response)",
        "",
        "'backlane COMMAND --help' describes a command.",
        "All settings: docs/configuration.md. Example: docs/examples/backlane.yaml.",
        "Exit codes: 0 done, 1 failure of Backlane, 2 wrong input, configuration or environment, 3"
            + " stopped at once (a second signal, or a stop that took too long)."
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
