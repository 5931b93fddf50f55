package dev.backlane.app.cli.usage;

import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Prints a completion script.
@Command(
    name = "completion",
    header = "Prints a script that completes commands and options in a shell.",
    description = {""},
    footer = {
      "",
      "Examples:",
      "  source <(backlane completion bash)      in ~/.bashrc",
      "  source <(backlane completion zsh)       in ~/.zshrc",
      "  backlane completion fish | source       in ~/.config/fish/config.fish"
    })
public final class CompletionCommand implements Callable<Integer> {
  private enum Shell {
    bash,
    zsh,
    fish
  }

  private final Supplier<CommandLine> commands;

  @Mixin
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private final HelpOptions help = new HelpOptions();

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "bash|zsh|fish", description = "The shell.")
  private @Nullable Shell shell;

  /// @param commands all commands with all options, of which none is hidden
  public CompletionCommand(Supplier<CommandLine> commands) {
    this.commands = commands;
  }

  @Override
  public Integer call() {
    var out = Objects.requireNonNull(spec).commandLine().getOut();
    var all = commands.get();
    switch (Objects.requireNonNull(shell)) {
      // The script for bash contains what zsh needs to run it (bashcompinit).
      case bash, zsh -> out.print(AutoComplete.bash("backlane", all));
      case fish -> printFish(all, out);
    }
    out.flush();
    return 0;
  }

  private static void printFish(CommandLine all, PrintWriter out) {
    out.println("complete -c backlane -f -n __fish_use_subcommand");
    all.getSubcommands()
        .forEach((name, command) -> {
          var header = String.join(" ", command.getCommandSpec().usageMessage().header());
          out.printf(
              "complete -c backlane -n __fish_use_subcommand -a %s -d %s%n", name, quoted(header));
          for (OptionSpec option : command.getCommandSpec().options()) {
            out.println(fishOption(name, option));
          }
        });
  }

  private static String fishOption(String command, OptionSpec option) {
    var line =
        new StringBuilder("complete -c backlane -n '__fish_seen_subcommand_from ")
            .append(command)
            .append('\'');
    for (var flag : option.names()) {
      line.append(flag.startsWith("--") ? " -l " + flag.substring(2) : " -s " + flag.substring(1));
    }
    if (option.arity().max() > 0) {
      line.append(" -r");
    }
    var description = option.description();
    if (description.length > 0) {
      line.append(" -d ").append(quoted(description[0].split("(?<=\\.) ", 2)[0]));
    }
    return line.toString();
  }

  private static String quoted(String text) {
    return "'" + text.replace("%%", "%").replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
