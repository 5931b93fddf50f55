package dev.backlane.app.cli;

import dev.backlane.app.cli.calls.CallCommand;
import dev.backlane.app.cli.calls.CancelCommand;
import dev.backlane.app.cli.calls.ContentCommand;
import dev.backlane.app.cli.calls.OpsCommand;
import dev.backlane.app.cli.calls.TokenCommand;
import dev.backlane.app.cli.calls.WaitCommand;
import dev.backlane.app.cli.calls.WebhooksCommand;
import dev.backlane.app.cli.usage.CompletionCommand;
import dev.backlane.app.cli.usage.HelpCommand;
import dev.backlane.app.cli.usage.HelpOptions;
import dev.backlane.app.cli.usage.VersionCommand;
import dev.backlane.app.cli.usage.VersionText;
import dev.backlane.app.cli.usage.WrongUsage;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.process.Terminal;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.StartException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// The command line: the commands, and how each outcome is printed.
public final class Commands {
  static final int FAILED = 1;
  static final int WRONG_INPUT = 2;

  /// The settings that the help of commands on a store shows.
  private static final List<String> STORE =
      List.of("store.kind", "store.path", "store.url", "store.user", "store.password");

  private static final List<String> STORE_ACCESS =
      List.of("store.user", "store.password", "store.master-key", "store.previous-master-key");

  private final Map<String, String> environment;
  private final Function<Config, RunningGateway> start;
  private final StopSignal stop;
  private final PrintWriter out;
  private final PrintWriter err;

  /// @param environment the variables of the process
  /// @param start starts a gateway, which accepts requests on return
  /// @param stop waits for a request to stop the process
  public Commands(
      Map<String, String> environment,
      Function<Config, RunningGateway> start,
      StopSignal stop,
      PrintWriter out,
      PrintWriter err) {
    this.environment = environment;
    this.start = start;
    this.stop = stop;
    this.out = out;
    this.err = err;
  }

  /// Runs the command that the arguments name.
  ///
  /// @return the exit code of the process: 0 done, 1 failure of Backlane, 2 wrong input,
  ///     configuration or environment, 3 stopped at once
  public int run(String... args) {
    return line(HelpOptions.showsAll(args), Arrays.asList(args)::contains).execute(args);
  }

  /// All commands.
  ///
  /// @param showsAll whether their help shows all options
  CommandLine line(boolean showsAll) {
    return line(showsAll, _ -> true);
  }

  /// @param used whether a command may be run, by its name: the others get no settings, which take
  ///     a noticeable part of the start
  private CommandLine line(boolean showsAll, Predicate<String> used) {
    BiFunction<String, List<String>, ConfigOptions> options =
        (command, common) -> new ConfigOptions(environment, showsAll, common, used.test(command));
    return new CommandLine(new Top())
        .addSubcommand(new ServeCommand(options.apply("serve", ServeCommand.COMMON), start, stop))
        .addSubcommand(new DemoCommand(environment, start, stop))
        .addSubcommand(new DoctorCommand(options.apply("doctor", DoctorCommand.COMMON)))
        .addSubcommand(new CheckConfigCommand(options.apply("check-config", List.of())))
        .addSubcommand(new KeysCommand(options.apply("keys", STORE)))
        .addSubcommand(new StoreCommand(options.apply("store", STORE)))
        .addSubcommand(new MigrateStoreCommand(options.apply("migrate-store", STORE_ACCESS)))
        .addSubcommand(new ConfigReferenceCommand())
        .addSubcommand(new CallCommand(environment))
        .addSubcommand(new WaitCommand(environment))
        .addSubcommand(new ContentCommand(environment))
        .addSubcommand(new OpsCommand(environment))
        .addSubcommand(new CancelCommand(environment))
        .addSubcommand(new TokenCommand(environment))
        .addSubcommand(new WebhooksCommand(environment))
        .addSubcommand(new CompletionCommand(() -> line(true)))
        .addSubcommand(new HelpCommand())
        .addSubcommand(new VersionCommand())
        .setOut(out)
        .setErr(err)
        .setExpandAtFiles(false)
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                Terminal.showsColors(environment)
                    ? CommandLine.Help.Ansi.ON
                    : CommandLine.Help.Ansi.OFF))
        .setParameterExceptionHandler(Commands::onWrongUsage)
        .setExecutionExceptionHandler(Commands::onFailure);
  }

  private static int onWrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String wrong = WrongUsage.describe(e);
    command
        .getErr()
        .println(
            "backlane: " + wrong + (wrong.endsWith("?") ? " See " : "; see ") + name + " --help");
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
        "To try it with your own API:",
        "  backlane serve --dev --upstream http://127.0.0.1:9000",
        "  backlane call POST /any/path --wait      in another terminal",
        "",
        "'backlane COMMAND --help' describes a command.",
        "All settings: docs/configuration.md. Example: docs/examples/backlane.yaml.",
        "Exit codes: 0 done, 1 failure of Backlane, 2 wrong input, configuration or environment, 3"
            + " stopped at once (a second signal, or a stop that took too long)."
      })
  static final class Top implements Runnable {
    @Mixin
    @SuppressWarnings("UnusedVariable") // Read by picocli.
    private final HelpOptions help = new HelpOptions();

    @Option(
        names = {"-V", "--version"},
        versionHelp = true,
        description = "Prints the version and exits.")
    @SuppressWarnings("UnusedVariable") // Read by picocli.
    private boolean version;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), "name a command, such as serve");
    }
  }
}
