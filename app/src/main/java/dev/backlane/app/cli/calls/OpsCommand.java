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

/// Lists, shows, watches, cancels and retries operations.
@Command(
    name = "ops",
    customSynopsis = {
      "backlane ops list [--phase PHASE] [--reference TEXT] [OPTIONS]",
      "       backlane ops show|watch|cancel ID [OPTIONS]",
      "       backlane ops list|show|cancel|retry [ID] --operator [--filter NAME=VALUE] [OPTIONS]"
    },
    header = "Lists, shows, watches and cancels your operations, or those of all callers.",
    description = {
      "",
      "list    your operations, newest first",
      "show    all fields of one",
      "watch   shows its state until it has ended, without its content",
      "cancel  a queued one is never sent; a running one is aborted, and the upstream may have acted",
      "retry   for operators: repeats the call of an ended one as a new operation",
      "",
      "With --operator, list, show and cancel use the admin API, and need the operator's token.",
      ""
    },
    footer = {"", ExitCodes.HELP})
public final class OpsCommand implements Callable<Integer> {
  private enum Action {
    list,
    show,
    watch,
    cancel,
    retry
  }

  @Mixin private final ServerOptions options;

  @Parameters(index = "0", paramLabel = "list|show|watch|cancel|retry", description = "What to do.")
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

  @Option(
      names = "--operator",
      description = "Operations of all callers, with --admin-token; retry implies it.")
  private boolean operator;

  @Option(
      names = "--filter",
      paramLabel = "NAME=VALUE",
      description =
          "With list --operator, repeatable: state, errorCode, tenant, client, user, route,"
              + " statusCode, error, receivedAfter, receivedBefore.")
  private Map<String, String> filter = new TreeMap<>();

  @Option(
      names = "--confirm",
      description = "With retry: repeats it although the upstream may have acted on it.")
  private boolean confirm;

  /// @param environment the variables of the process
  public OpsCommand(Map<String, String> environment) {
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    return Requests.run(
        options,
        () -> {
          if (operator || action == Action.retry) {
            return asOperator(new OperatorOps(options));
          }
          if (!filter.isEmpty() || confirm) {
            throw new StartException("--filter and --confirm need --operator");
          }
          var backlane = options.backlane();
          return switch (Objects.requireNonNull(action)) {
            case list -> list(backlane);
            case show -> show(backlane);
            case watch -> watch(backlane);
            case cancel -> CancelCommand.cancel(options, backlane.resume(id()));
            case retry -> throw new IllegalStateException("handled before");
          };
        });
  }

  private int asOperator(OperatorOps ops) throws IOException, InterruptedException {
    return switch (Objects.requireNonNull(action)) {
      case list -> ops.list(parameters());
      case show -> ops.show(id());
      case cancel -> ops.cancel(id());
      case retry -> ops.retry(id(), confirm);
      case watch -> throw new StartException("'backlane ops watch' has no --operator; use show");
    };
  }

  private String id() {
    if (id == null) {
      throw new StartException("'backlane ops " + action + "' needs the id of an operation");
    }
    return id;
  }

  private Map<String, String> parameters() {
    var parameters = new TreeMap<>(filter);
    parameters.put("limit", Integer.toString(limit));
    put(parameters, "phase", phase);
    put(parameters, "reference", reference);
    put(parameters, "cursor", cursor);
    return parameters;
  }

  private int list(Backlane backlane) throws IOException, InterruptedException {
    var page = backlane.list(parameters());
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
