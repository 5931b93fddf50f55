package dev.backlane.app.cli.usage;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// Shows the help of a command.
@Command(
    name = HelpCommand.NAME,
    header = "Shows the commands, or the help of one.",
    description = {"", "The same as 'backlane COMMAND --help'.", ""})
public final class HelpCommand implements Runnable {
  static final String NAME = "help";

  @Mixin
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private final HelpOptions help = new HelpOptions();

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "COMMAND", description = "The command.")
  private @Nullable String command;

  @Override
  public void run() {
    CommandLine top = Objects.requireNonNull(spec).commandLine().getParent();
    if (command == null) {
      top.usage(top.getOut());
      return;
    }
    var named = top.getSubcommands().get(command);
    if (named == null) {
      throw new UnmatchedArgumentException(top, List.of(command));
    }
    named.usage(top.getOut());
  }
}
