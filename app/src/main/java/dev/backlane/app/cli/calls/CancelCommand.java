package dev.backlane.app.cli.calls;

import dev.backlane.client.Operation;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Cancels an operation.
@Command(
    name = "cancel",
    header = "Cancels an operation.",
    description = {
      "",
      "A queued one is never sent. A running one is aborted, and the upstream may",
      "have acted: its state says so.",
      ""
    },
    footer = {"", ExitCodes.HELP})
public final class CancelCommand implements Callable<Integer> {
  @Mixin private final ServerOptions options;

  @Parameters(paramLabel = "ID", description = "The id of the operation.")
  private String id = "";

  /// @param environment the variables of the process
  public CancelCommand(Map<String, String> environment) {
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    return Requests.run(options, () -> cancel(options, options.backlane().resume(id)));
  }

  /// Cancels an operation and prints whether it was canceled.
  static int cancel(ServerOptions options, Operation operation)
      throws IOException, InterruptedException {
    boolean canceled = operation.cancel();
    if (options.json()) {
      options.out().println(Lines.json(Map.of("id", operation.id(), "canceled", canceled)));
    } else {
      options.out().println(canceled ? "canceled" : "it had ended before");
    }
    return canceled ? ExitCodes.DONE : ExitCodes.FAILED;
  }
}
