package dev.backlane.app.cli.dev;

import dev.backlane.app.cli.catcher.KeptSecret;
import dev.backlane.app.cli.catcher.WebhookListener;
import dev.backlane.app.wiring.StartException;
import dev.backlane.demo.DevelopmentTokenIssuer;
import dev.backlane.demo.RegisteredClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The servers beside a development gateway, each on a free port of loopback: a token issuer, and a
/// webhook catcher that verifies and prints notifications. Thread-safe.
public final class DevTools implements AutoCloseable {
  private static final String CLIENT = "dev-client";
  private static final String CLIENT_SECRET = "dev-secret";
  private static final String TENANT = "dev";
  private static final String AUDIENCE = "dev-api";
  private static final String SCOPES = "vismanet_erp_service_api";
  private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);
  private static final int ADMIN_TOKEN_BYTES = 24;

  private final DevelopmentTokenIssuer issuer;
  private final WebhookListener catcher;
  private final String webhookSecret;
  private final String adminToken;

  private DevTools(DevelopmentTokenIssuer issuer, WebhookListener catcher, String webhookSecret) {
    this.issuer = issuer;
    this.catcher = catcher;
    this.webhookSecret = webhookSecret;
    byte[] random = new byte[ADMIN_TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    this.adminToken = Base64.getUrlEncoder().encodeToString(random);
  }

  /// Starts the servers.
  ///
  /// @param environment the variables of the process, which name the user's directories
  /// @param out where notifications are printed
  /// @throws StartException if they cannot be started
  public static DevTools open(Map<String, String> environment, PrintWriter out) {
    try {
      // The secret of 'webhooks listen', so that it verifies notifications of this gateway too.
      var secret = KeptSecret.in(KeptSecret.folder(environment)).readOrCreate();
      var catcher = WebhookListener.open(WebhookListener.Settings.onFreePort(secret), out);
      try {
        return new DevTools(issuer(), catcher, secret);
      } catch (UncheckedIOException refused) {
        catcher.close();
        throw refused;
      }
    } catch (IOException | UncheckedIOException refused) {
      throw new StartException("--dev: " + refused.getMessage(), refused);
    }
  }

  private static DevelopmentTokenIssuer issuer() {
    var scopes =
        Set.of(SCOPES + ":read", SCOPES + ":create", SCOPES + ":update", SCOPES + ":delete");
    var client = new RegisteredClient(CLIENT, CLIENT_SECRET, Set.of(TENANT), scopes);
    return new DevelopmentTokenIssuer(
        List.of(client), AUDIENCE, TOKEN_LIFETIME, InstantSource.system());
  }

  /// The settings of the gateway, by their keys: no tokens, no durability, no delays.
  public Map<String, String> settings() {
    var settings = new LinkedHashMap<String, String>();
    settings.put("auth.mode", "none");
    // For --auth.mode=jwt.
    settings.put("auth.issuer", issuer.issuer().toString());
    settings.put("auth.jwks-url", issuer.jwksUri().toString());
    settings.put("auth.audience", AUDIENCE);
    settings.put("store.kind", "memory");
    settings.put("webhooks.allow-cidrs", "127.0.0.0/8,::1/128");
    settings.put("webhooks.default-secret", webhookSecret);
    settings.put("admin.open", "true");
    settings.put("admin.token", adminToken);
    settings.put("server.shutdown-delay", "0ms");
    settings.put("execution.drain-timeout", "2s");
    return settings;
  }

  /// The addresses, and commands to paste.
  public String banner(URI gateway, URI operators, URI upstream) {
    return """

    For development: no tokens, everything in memory, this machine only. Ctrl-C stops it.

      gateway     %1$s  in front of %2$s
      dashboard   %10$s/ui  no sign-in
      webhooks    %3$s  prints here what it receives
      tokens      %4$s  client %5$s, secret %6$s, tenant %7$s
      admin API   %10$s/admin/v1  token %8$s

    A background call of your API, from another terminal; replace /your/path:

      curl -i -X POST %1$s/your/path -H 'erp-api-background: none'
      curl -s '%1$s/v1/background/ID?wait=30'
      curl -s %1$s/v1/background/ID/content

    The same in one command, and one that notifies:

      backlane call POST /your/path --wait%9$s
      curl -i -X POST %1$s/your/path -H 'erp-api-background: %3$s'

    An access token, for an API that requires one:

      curl -s %4$s -u %5$s:%6$s -d grant_type=client_credentials -d tenant_id=%7$s

    """
        .formatted(
            gateway,
            upstream,
            catcher.url(),
            issuer.tokenEndpoint(),
            CLIENT,
            CLIENT_SECRET,
            TENANT,
            adminToken,
            gateway.toString().equals("http://127.0.0.1:8080") ? "" : " --server " + gateway,
            operators);
  }

  @Override
  public void close() {
    catcher.close();
    issuer.close();
  }
}
