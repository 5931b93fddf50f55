package dev.backlane.app.cli.calls;

import dev.backlane.app.cli.catcher.KeptSecret;
import dev.backlane.app.cli.catcher.WebhookListener;
import dev.backlane.app.wiring.StartException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Receives notifications here, and manages subscriptions.
@Command(
    name = "webhooks",
    customSynopsis = {
      "backlane webhooks listen [--port N] [--forward-to URL] [OPTIONS]",
      "       backlane webhooks list|create|rotate|test|deliveries|redeliver [ID] [OPTIONS]"
    },
    header = "Receives notifications on this machine, and manages subscriptions.",
    description = {
      "",
      "listen      receives notifications on loopback, verifies them and prints them; with"
          + " --forward-to it also sends them on. Its secret is kept in"
          + " ~/.local/state/backlane/webhook-secret",
      "list        the subscriptions of the gateway; this and all below need --admin-token",
      "create      registers --url for --client; prints the secret, which is not shown again",
      "rotate ID   creates another secret",
      "test ID     sends a test event",
      "deliveries  the deliveries of a subscription (ID) or of all",
      "redeliver ID  sends a delivery again",
      ""
    })
public final class WebhooksCommand implements Callable<Integer> {
  private enum Action {
    listen,
    list,
    create,
    rotate,
    test,
    deliveries,
    redeliver
  }

  private final Map<String, String> environment;

  @Mixin private final ServerOptions options;

  @Parameters(
      index = "0",
      paramLabel = "listen|list|create|rotate|test|deliveries|redeliver",
      description = "What to do.")
  private @Nullable Action action;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "A subscription or delivery.")
  private @Nullable String id;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "With listen: the port; 0: any free one (default: 8099).")
  private int port = 8099;

  @Option(
      names = "--forward-to",
      paramLabel = "URL",
      description = "With listen: sends notifications on.")
  private @Nullable URI forwardTo;

  @Option(
      names = "--secret",
      paramLabel = "whsec_...",
      description = "With listen: the secret, instead of the one that is kept.")
  private @Nullable String secret;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "With listen: stops after this time (default: never).")
  private @Nullable Duration duration;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "With --forward-to: how long its response may take (default: 15s).")
  private Duration forwardMax = Duration.ofSeconds(15);

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "With create: where notifications are sent.")
  private @Nullable String url;

  @Option(
      names = "--client",
      paramLabel = "CLIENT",
      description = "With create: whose notifications.")
  private @Nullable String client;

  /// @param environment the variables of the process
  public WebhooksCommand(Map<String, String> environment) {
    this.environment = environment;
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    return Requests.run(
        options,
        () -> action == Action.listen ? listen() : print(manage(Objects.requireNonNull(action))));
  }

  private int listen() throws IOException, InterruptedException {
    var key =
        secret != null ? secret : KeptSecret.in(KeptSecret.folder(environment)).readOrCreate();
    var settings =
        new WebhookListener.Settings(
            port, key, Optional.ofNullable(forwardTo), forwardMax, options.json());
    try (var listener = WebhookListener.open(settings, options.out())) {
      options.err().println("listening at " + listener.url() + "; Ctrl-C stops");
      options
          .err()
          .println(
              secret == null
                  ? "secret: " + key + "  (set it as webhooks.default-secret)"
                  : "verifies with the secret of --secret");
      if (forwardTo != null) {
        options.err().println("forwards to " + forwardTo);
      }
      listener.await(Optional.ofNullable(duration));
    }
    return ExitCodes.DONE;
  }

  private String manage(Action what) throws IOException, InterruptedException {
    var api = new AdminApi(options.server(), options.adminToken());
    return switch (what) {
      case listen -> throw new IllegalStateException("handled before");
      case list -> api.send("GET", "/subscriptions", Map.of());
      case create -> api.send("POST", "/subscriptions", subscription());
      case rotate -> api.send("POST", "/subscriptions/" + id() + "/rotate", Map.of());
      case test -> api.send("POST", "/subscriptions/" + id() + "/test", Map.of());
      case deliveries ->
          api.send(
              "GET", id == null ? "/deliveries" : "/subscriptions/" + id + "/deliveries", Map.of());
      case redeliver -> api.send("POST", "/deliveries/" + id() + "/redeliver", Map.of());
    };
  }

  private Map<String, String> subscription() {
    if (url == null || client == null) {
      throw new StartException("'backlane webhooks create' needs --url and --client");
    }
    var body = new TreeMap<String, String>();
    body.put("url", url);
    body.put("client", client);
    options.tenant().ifPresent(tenant -> body.put("tenant", tenant));
    return body;
  }

  private String id() {
    if (id == null) {
      throw new StartException("'backlane webhooks " + action + "' needs an id");
    }
    return id;
  }

  private int print(String document) {
    if (options.json()) {
      options.out().println(document);
    } else {
      AdminDocuments.print(document, options.out());
    }
    return ExitCodes.DONE;
  }
}
