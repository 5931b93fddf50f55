package dev.backlane.app.cli.calls;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Waits for operations.
@Command(
    name = "wait",
    header = "Waits for operations, and prints the content of each.",
    description = {
      "",
      "Shows the progress on a terminal. The operations continue if it is stopped.",
      ""
    },
    footer = {"", ExitCodes.HELP, "With several ids: the highest exit code."})
public final class WaitCommand implements Callable<Integer> {
  @Mixin private final ServerOptions options;

  @Parameters(arity = "1..*", paramLabel = "ID", description = "The ids of the operations.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "How long to wait for each, such as 90s or 4h (default: 24h).")
  private Duration timeout = Durations.DEFAULT;

  /// @param environment the variables of the process
  public WaitCommand(Map<String, String> environment) {
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    int code = ExitCodes.DONE;
    var backlane = options.backlane();
    for (var id : ids) {
      code =
          Math.max(
              code,
              Requests.run(
                  options,
                  () ->
                      new Results(options).await(backlane.resume(id), timeout, Optional.empty())));
    }
    return code;
  }
}
