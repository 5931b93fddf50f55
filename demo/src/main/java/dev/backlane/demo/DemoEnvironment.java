package dev.backlane.demo;

import dev.backlane.gateway.auth.JwtAuthenticator;
import dev.backlane.gateway.auth.JwtSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/// The servers that the demo's client calls: token issuer, invoice API and gateway, each on a free
/// port of 127.0.0.1. Thread-safe.
final class DemoEnvironment implements AutoCloseable {
  /// The client that is registered at the issuer.
  static final String CLIENT_ID = "erp-client";

  /// The client's secret, valid only at this issuer while the demo runs.
  static final String CLIENT_SECRET = "demo-only-secret";

  /// The operator's token, valid only at this gateway while the demo runs.
  static final String ADMIN_TOKEN = "demo-only-admin-token-for-this-run";

  /// The tenant that starts the operation.
  static final String TENANT = "nordlys";

  /// Another tenant of the same client.
  static final String OTHER_TENANT = "fjellheim";

  private static final String SCOPE_PREFIX = "vismanet_erp_service_api";
  private static final String AUDIENCE = "invoice-api";
  private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);

  private final DevelopmentTokenIssuer issuer;
  private final InvoiceApi api;
  private final WebhookReceiver receiver;
  private final Path configFile;
  private final Gateway gateway;

  private DemoEnvironment(Path folder, Duration releaseTakes, Gateway.Starter starter) {
    var opened = new Opened();
    try {
      issuer =
          opened.add(
              new DevelopmentTokenIssuer(
                  List.of(client()), AUDIENCE, TOKEN_LIFETIME, InstantSource.system()));
      var keys = new JwtSettings.KeysAt(issuer.jwksUri());
      var settings = JwtSettings.of(issuer.issuer().toString(), AUDIENCE, keys);
      var invoiceTokens = new JwtAuthenticator(settings, InstantSource.system());
      api = opened.add(new InvoiceApi(invoiceTokens, releaseTakes));
      receiver = opened.add(new WebhookReceiver());
      configFile =
          write(folder.resolve("backlane.yaml"), config(issuer, api, folder.resolve("data")));
      gateway = starter.start(configFile);
    } catch (RuntimeException fault) {
      opened.close();
      throw fault;
    }
  }

  /// Starts all servers.
  ///
  /// @param folder an empty directory for the configuration and the gateway's data
  static DemoEnvironment open(Path folder, Duration releaseTakes, Gateway.Starter starter) {
    return new DemoEnvironment(folder, releaseTakes, starter);
  }

  InvoiceApi api() {
    return api;
  }

  WebhookReceiver receiver() {
    return receiver;
  }

  URI issuer() {
    return issuer.issuer();
  }

  URI tokenEndpoint() {
    return issuer.tokenEndpoint();
  }

  URI gateway() {
    return gateway.url();
  }

  Path configFile() {
    return configFile;
  }

  /// A token, issued without an HTTP request.
  String token() {
    return issuer.issue(CLIENT_ID, TENANT, CLIENT_ID, scopes());
  }

  /// Stops the gateway first, because it calls the other servers while it drains.
  @Override
  public void close() {
    gateway.close();
    receiver.close();
    api.close();
    issuer.close();
  }

  private static RegisteredClient client() {
    return new RegisteredClient(CLIENT_ID, CLIENT_SECRET, Set.of(TENANT, OTHER_TENANT), scopes());
  }

  private static Set<String> scopes() {
    return Set.of(
        SCOPE_PREFIX + ":read",
        SCOPE_PREFIX + ":create",
        SCOPE_PREFIX + ":update",
        SCOPE_PREFIX + ":delete");
  }

  private static String config(DevelopmentTokenIssuer issuer, InvoiceApi api, Path data) {
    return """
    server:
      host: 127.0.0.1
      port: 0
      shutdown-delay: 0ms
    upstream:
      url: "%s"
    auth:
      mode: jwt
      issuer: "%s"
      jwks-url: "%s"
      token-url: "%s"
      audience: "%s"
      scope-prefix: "%s"
    store:
      kind: rocksdb
      path: "%s"
    execution:
      drain-timeout: 5s
    webhooks:
      allow-cidrs: ["127.0.0.0/8"]
    admin:
      token: "%s"
    """
        .formatted(
            api.url(),
            issuer.issuer(),
            issuer.jwksUri(),
            issuer.tokenEndpoint(),
            AUDIENCE,
            SCOPE_PREFIX,
            data,
            ADMIN_TOKEN);
  }

  private static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException refused) {
      throw new UncheckedIOException("the demo cannot write " + file, refused);
    }
  }

  /// The servers that are open, to be closed if a later one fails to start. Not thread-safe.
  private static final class Opened {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T part) {
      parts.push(part);
      return part;
    }

    void close() {
      for (AutoCloseable part : parts) {
        try {
          part.close();
        } catch (Exception late) {
          throw new IllegalStateException("a part of the demo cannot be closed", late);
        }
      }
    }
  }
}
