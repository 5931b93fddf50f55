package dev.backlane.app.cli.calls;

import dev.backlane.app.process.Terminal;
import dev.backlane.app.wiring.StartException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Calls an API in the background.
@Command(
    name = "call",
    header = "Calls an API in the background.",
    description = {
      "",
      "Submits the call and prints its id. With --wait it shows the progress, then prints the"
          + " content to the standard output and its facts to the standard error.",
      ""
    },
    footer = {
      "",
      ExitCodes.HELP,
      "",
      "Examples:",
      "  backlane call POST /invoices -d '{\"number\": 7}' --wait",
      "  backlane call PUT https://api.example.com/items/7 -d @item.json --profile test"
    })
public final class CallCommand implements Callable<Integer> {
  @Mixin private final ServerOptions options;

  @Parameters(index = "0", paramLabel = "METHOD", description = "Such as GET or POST.")
  private String method = "";

  @Parameters(index = "1", paramLabel = "URL", description = "A path at --server, or a whole URL.")
  private String url = "";

  @Option(
      names = {"-d", "--data"},
      paramLabel = "TEXT|@FILE",
      description = "The body.")
  private @Nullable String data;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "NAME:VALUE",
      description = "A header field; may be repeated.")
  private List<String> headers = new ArrayList<>();

  @Option(names = "--wait", description = "Waits for the end and prints the content.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "With --wait: how long, such as 90s, 15m or 4h (default: 24h).")
  private Duration timeout = Durations.DEFAULT;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "With --wait: where the content goes.")
  private @Nullable Path output;

  /// @param environment the variables of the process
  public CallCommand(Map<String, String> environment) {
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    return Requests.run(
        options,
        () -> {
          var absolute = url.contains("://");
          var backlane = absolute ? options.backlaneFor(absolute()) : options.backlane();
          var request = absolute ? HttpRequest.newBuilder(absolute()) : backlane.request(url);
          request.method(method, body());
          addHeaders(request);
          var operation = backlane.submit(request.build());
          if (!wait) {
            options.out().println(options.json() ? Lines.json(operation.state()) : operation.id());
            return ExitCodes.DONE;
          }
          // The live line of a terminal shows it too.
          if (!Terminal.showsErrors() && !options.json()) {
            options.err().println("operation " + operation.id());
          }
          return new Results(options).await(operation, timeout, Optional.ofNullable(output));
        });
  }

  private URI absolute() {
    try {
      return URI.create(url);
    } catch (IllegalArgumentException malformed) {
      throw new StartException("\"" + url + "\" is not a URL", malformed);
    }
  }

  private BodyPublisher body() throws IOException {
    if (data == null) {
      return BodyPublishers.noBody();
    }
    return data.startsWith("@")
        ? BodyPublishers.ofFile(Path.of(Objects.requireNonNull(data).substring(1)))
        : BodyPublishers.ofString(data);
  }

  private void addHeaders(HttpRequest.Builder request) {
    boolean typed = data == null;
    for (var header : headers) {
      int colon = header.indexOf(':');
      if (colon < 1) {
        throw new StartException("-H: \"" + header + "\" is not NAME:VALUE");
      }
      var name = header.substring(0, colon).strip();
      typed |= name.equalsIgnoreCase("Content-Type");
      request.header(name, header.substring(colon + 1).strip());
    }
    if (!typed) {
      request.header("Content-Type", "application/json");
    }
  }
}
