package dev.backlane.app.cli.calls;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Prints the content of an ended operation.
@Command(
    name = "content",
    header = "Prints the stored response of an operation that has ended.",
    footer = {"", ExitCodes.HELP})
public final class ContentCommand implements Callable<Integer> {
  @Mixin private final ServerOptions options;

  @Parameters(paramLabel = "ID", description = "The id of the operation.")
  private String id = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where the content goes.")
  private @Nullable Path output;

  /// @param environment the variables of the process
  public ContentCommand(Map<String, String> environment) {
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    return Requests.run(
        options,
        () -> {
          var outcome = options.backlane().resume(id).await(Duration.ZERO);
          return new Results(options).print(id, outcome, Optional.ofNullable(output));
        });
  }
}
