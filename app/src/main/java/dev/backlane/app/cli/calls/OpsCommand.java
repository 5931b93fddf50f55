package dev.backlane.app.cli.calls;

import dev.backlane.app.process.Terminal;
import dev.backlane.app.wiring.StartException;
import dev.backlane.client.Backlane;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Lists, shows, watches and cancels operations.
@Command(
    name = "ops",
    customSynopsis = {
      "backlane ops list [--phase PHASE] [--reference TEXT] [OPTIONS]",
      "       backlane ops show|watch|cancel ID [OPTIONS]"
    },
    header = "Lists, shows, watches and cancels your operations.",
    description = {
      "",
      "list    your operations, newest first",
      "show    all fields of one",
      "watch   shows its state until it has ended, without its content",
      "cancel  a queued one is never sent; a running one is aborted, and the upstream may have acted",
      ""
    },
    footer = {"", ExitCodes.HELP})
public final class OpsCommand implements Callable<Integer> {
  private enum Action {
    list,
    show,
    watch,
    cancel
  }

  @Mixin private final ServerOptions options;

  @Parameters(index = "0", paramLabel = "list|show|watch|cancel", description = "What to do.")
  private @Nullable Action action;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "The id of the operation.")
  private @Nullable String id;

  @Option(
      names = "--phase",
      paramLabel = "PHASE",
      description = "With list: such as running or failed.")
  private @Nullable String phase;

  @Option(
      names = "--reference",
      paramLabel = "TEXT",
      description = "With list: your own reference.")
  private @Nullable String reference;

  @Option(names = "--limit", paramLabel = "N", description = "With list: 1 to 200 (default: 20).")
  private int limit = 20;

  @Option(names = "--cursor", paramLabel = "CURSOR", description = "With list: the next page.")
  private @Nullable String cursor;

  /// @param environment the variables of the process
  public OpsCommand(Map<String, String> environment) {
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    return Requests.run(
        options,
        () -> {
          var backlane = options.backlane();
          return switch (Objects.requireNonNull(action)) {
            case list -> list(backlane);
            case show -> show(backlane);
            case watch -> watch(backlane);
            case cancel -> CancelCommand.cancel(options, backlane.resume(id()));
          };
        });
  }

  private String id() {
    if (id == null) {
      throw new StartException("'backlane ops " + action + "' needs the id of an operation");
    }
    return id;
  }

  private int list(Backlane backlane) throws IOException, InterruptedException {
    var parameters = new TreeMap<String, String>();
    parameters.put("limit", Integer.toString(limit));
    put(parameters, "phase", phase);
    put(parameters, "reference", reference);
    put(parameters, "cursor", cursor);
    var page = backlane.list(parameters);
    if (options.json()) {
      options.out().println(Lines.json(page));
      return ExitCodes.DONE;
    }
    page.items().forEach(state -> options.out().println(Lines.row(state)));
    if (page.nextCursor() != null) {
      options.err().println("more: --cursor " + page.nextCursor());
    }
    return ExitCodes.DONE;
  }

  private static void put(Map<String, String> parameters, String name, @Nullable String value) {
    if (value != null) {
      parameters.put(name, value);
    }
  }

  private int show(Backlane backlane) throws IOException, InterruptedException {
    var state = backlane.resume(id()).state();
    if (options.json()) {
      options.out().println(Lines.json(state));
    } else {
      Lines.show(state, options.out());
    }
    return ExitCodes.DONE;
  }

  private int watch(Backlane backlane) throws IOException, InterruptedException {
    var operation = backlane.resume(id());
    try (var line = new LiveLine(id(), options.err(), Terminal.showsErrors() && !options.json())) {
      line.await(operation, Durations.DEFAULT);
    }
    var state = operation.state();
    if (options.json()) {
      options.out().println(Lines.json(state));
    } else {
      Lines.show(state, options.out());
    }
    return "Finished".equals(state.status())
        ? ExitCodes.ofStatus(state.statusCode())
        : ExitCodes.FAILED;
  }
}
