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
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.process.Terminal;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.StartException;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
    var given = List.of(args);
    var line =
        HelpOptions.mayShow(given)
            ? line(HelpOptions.showsAll(given))
            : line(given.getFirst(), ConfigOptions.flagsIn(given));
    return line.execute(args);
  }

  /// All commands.
  ///
  /// @param showsAll whether their help shows all options
  CommandLine line(boolean showsAll) {
    return line(commands(showsAll, _ -> true).values());
  }

  /// One command, or all if there is none of that name. To build the others, and flags for settings
  /// that are not given, takes a noticeable part of the start.
  private CommandLine line(String name, Predicate<Setting<?>> given) {
    var all = commands(false, given);
    var named = all.get(name);
    return line(named == null ? all.values() : List.of(named));
  }

  /// The commands by their names.
  ///
  /// @param showsAll whether their help shows all options
  /// @param flags whether a setting has a flag
  private Map<String, Supplier<Object>> commands(boolean showsAll, Predicate<Setting<?>> flags) {
    Function<List<String>, ConfigOptions> options =
        common -> new ConfigOptions(environment, showsAll, common, flags);
    var commands = new LinkedHashMap<String, Supplier<Object>>();
    commands.put("serve", () -> new ServeCommand(options.apply(ServeCommand.COMMON), start, stop));
    commands.put("demo", () -> new DemoCommand(environment, start, stop));
    commands.put("doctor", () -> new DoctorCommand(options.apply(DoctorCommand.COMMON)));
    commands.put("check-config", () -> new CheckConfigCommand(options.apply(List.of())));
    commands.put("keys", () -> new KeysCommand(options.apply(STORE)));
    commands.put("store", () -> new StoreCommand(options.apply(STORE)));
    commands.put("migrate-store", () -> new MigrateStoreCommand(options.apply(STORE_ACCESS)));
    commands.put("config-reference", ConfigReferenceCommand::new);
    commands.put("call", () -> new CallCommand(environment));
    commands.put("wait", () -> new WaitCommand(environment));
    commands.put("content", () -> new ContentCommand(environment));
    commands.put("ops", () -> new OpsCommand(environment));
    commands.put("cancel", () -> new CancelCommand(environment));
    commands.put("token", () -> new TokenCommand(environment));
    commands.put("webhooks", () -> new WebhooksCommand(environment));
    commands.put("completion", () -> new CompletionCommand(() -> line(true)));
    commands.put("help", HelpCommand::new);
    commands.put("version", VersionCommand::new);
    return commands;
  }

  private CommandLine line(Collection<Supplier<Object>> commands) {
    var line = new CommandLine(new Top());
    commands.forEach(each -> line.addSubcommand(each.get()));
    return line.setOut(out)
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
