package dev.backlane.app.config;

import dev.backlane.engine.operation.RetryPolicy;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Puts values that have passed every check into records.
final class ConfigAssembly {
  private final Values values;

  ConfigAssembly(Values values) {
    this.values = values;
  }

  Config config() {
    UpstreamConfig upstream = upstream();
    ExecutionConfig execution = execution();
    return new Config(
        server(),
        upstream,
        auth(),
        StoreSettings.config(values),
        execution,
        limits(),
        values.get(Settings.RETENTION),
        webhooks(),
        values.get(WebhookSettings.SUBSCRIPTIONS).stream()
            .map(ConfigAssembly::subscription)
            .toList(),
        admin(),
        values.get(Settings.ROUTES).stream()
            .map(row -> route(row, upstream, execution.retry()))
            .toList());
  }

  private ServerConfig server() {
    return new ServerConfig(
        values.get(Settings.SERVER_HOST),
        values.get(Settings.SERVER_PORT),
        values.find(Settings.SERVER_PUBLIC_URL),
        values.get(Settings.SERVER_PREFIXES),
        new ServerConfig.Connections(
            values.get(Settings.SERVER_IDLE_TIMEOUT),
            values.get(Settings.SERVER_REQUEST_TIMEOUT),
            Math.toIntExact(values.get(Settings.SERVER_HEADERS_MAX)),
            values.get(Settings.SERVER_MAX_CONNECTIONS)),
        TlsSettings.SERVER.config(values));
  }

  private UpstreamConfig upstream() {
    return new UpstreamConfig(
        values.get(Settings.UPSTREAM_URL),
        values.get(Settings.UPSTREAM_CONNECT_TIMEOUT),
        values.get(Settings.UPSTREAM_ATTEMPT_TIMEOUT),
        values.get(Settings.UPSTREAM_RESPONSE_TIMEOUT),
        values.get(Settings.UPSTREAM_MAX_CONNECTIONS),
        credentials(),
        TlsSettings.UPSTREAM.config(values));
  }

  private CredentialsConfig credentials() {
    var identity = values.find(CredentialSettings.IDENTITY_SECRET);
    return switch (values.get(CredentialSettings.CREDENTIALS)) {
      case "client-credentials" -> new CredentialsConfig.ClientCredentials(tokenClient(), identity);
      case "token-exchange" -> new CredentialsConfig.TokenExchange(tokenClient());
      case "none" -> new CredentialsConfig.None(identity);
      default -> new CredentialsConfig.Forward();
    };
  }

  private CredentialsConfig.TokenClient tokenClient() {
    return new CredentialsConfig.TokenClient(
        values.get(CredentialSettings.TOKEN_URL),
        values.get(CredentialSettings.CLIENT_ID),
        values.get(CredentialSettings.CLIENT_SECRET),
        values.find(CredentialSettings.SCOPE),
        values.find(CredentialSettings.AUDIENCE));
  }

  private AuthConfig auth() {
    return switch (values.get(Settings.AUTH_MODE)) {
      case "none" -> new AuthConfig.None();
      case "introspection" ->
          new AuthConfig.Introspection(
              values.get(IntrospectionSettings.URL),
              values.get(IntrospectionSettings.CLIENT_ID),
              values.get(IntrospectionSettings.CLIENT_SECRET),
              values.find(Settings.AUTH_AUDIENCE).orElse(""),
              claims(),
              values.get(Settings.AUTH_SCOPE_PREFIX));
      default -> jwt();
    };
  }

  private AuthConfig.Claims claims() {
    return new AuthConfig.Claims(
        values.get(Settings.AUTH_TENANT_CLAIM),
        values.get(Settings.AUTH_CLIENT_CLAIM),
        values.get(Settings.AUTH_SUBJECT_CLAIM));
  }

  private AuthConfig jwt() {
    AuthConfig.Keys keys =
        values
            .find(Settings.AUTH_JWKS_URL)
            .<AuthConfig.Keys>map(AuthConfig.Keys.Url::new)
            .orElseGet(() -> new AuthConfig.Keys.File(values.get(Settings.AUTH_JWKS_FILE)));
    return new AuthConfig.Jwt(
        values.get(Settings.AUTH_ISSUER),
        keys,
        values.get(Settings.AUTH_AUDIENCE),
        claims(),
        values.get(Settings.AUTH_SCOPE_PREFIX),
        Set.copyOf(values.get(Settings.AUTH_ALGORITHMS)));
  }

  private ExecutionConfig execution() {
    return new ExecutionConfig(
        values.get(Settings.EXECUTION_CONCURRENCY),
        values.get(Settings.EXECUTION_CONCURRENCY_PER_TENANT),
        values.get(Settings.EXECUTION_LATENCY_TARGET),
        values.get(Settings.EXECUTION_DRAIN_TIMEOUT),
        values.get(Settings.EXECUTION_LEASE),
        new RetryPolicy(
            values.get(Settings.EXECUTION_MAX_ATTEMPTS),
            values.get(Settings.EXECUTION_MAX_DURATION),
            values.get(Settings.EXECUTION_BACKOFF_INITIAL),
            values.get(Settings.EXECUTION_BACKOFF_MAX),
            values.get(Settings.EXECUTION_RETRY_AFTER_MAX),
            RetryPolicy.RETRY_ON_DEFAULT,
            false));
  }

  private LimitsConfig limits() {
    return new LimitsConfig(
        values.get(Settings.LIMITS_REQUEST_BODY_MAX),
        values.get(Settings.LIMITS_RESPONSE_BODY_MAX),
        values.get(Settings.LIMITS_QUEUE_MAX),
        values.get(Settings.LIMITS_WAIT_MAX),
        values.find(Settings.LIMITS_DISK_FREE_MIN),
        values.get(RateSettings.CALLS),
        values.get(RateSettings.READS));
  }

  private WebhooksConfig webhooks() {
    return new WebhooksConfig(
        values.get(WebhookSettings.URL_IN_HEADER),
        values.get(WebhookSettings.ALLOW_CIDRS),
        values.get(WebhookSettings.SIGNATURE_HEADER),
        values.get(WebhookSettings.TIMEOUT),
        new WebhooksConfig.Deliveries(
            values.get(WebhookSettings.RETRY_SCHEDULE),
            values.get(WebhookSettings.CONCURRENCY),
            values.get(WebhookSettings.CONCURRENCY_PER_TENANT),
            values.get(WebhookSettings.CONCURRENCY_PER_RECEIVER),
            values.get(WebhookSettings.DISABLE_AFTER),
            values.get(WebhookSettings.ROTATION_OVERLAP),
            values.get(WebhookSettings.RETENTION)),
        values.find(WebhookSettings.DEFAULT_SECRET),
        TlsSettings.WEBHOOKS.config(values));
  }

  private AdminConfig admin() {
    String token = values.get(AdminSettings.TOKEN);
    return new AdminConfig(
        token.isEmpty() ? Optional.empty() : Optional.of(new Secret(token)),
        values.find(AdminSettings.PUBLIC_URL),
        values.find(AdminSettings.AUDIT_LOG),
        values
            .find(AdminSettings.OIDC_ISSUER)
            .map(issuer ->
                new AdminConfig.Provider(
                    issuer,
                    values.get(AdminSettings.OIDC_CLIENT_ID),
                    values.get(AdminSettings.OIDC_CLIENT_SECRET),
                    values.get(AdminSettings.OIDC_CLAIM),
                    Set.copyOf(values.get(AdminSettings.OIDC_VALUES)))));
  }

  private static SubscriptionConfig subscription(Values row) {
    return new SubscriptionConfig(
        row.get(WebhookSettings.SUBSCRIPTION_TENANT),
        row.get(WebhookSettings.SUBSCRIPTION_CLIENT),
        row.get(WebhookSettings.SUBSCRIPTION_URL),
        row.get(WebhookSettings.SUBSCRIPTION_SECRET),
        Set.copyOf(row.get(WebhookSettings.SUBSCRIPTION_EVENT_TYPES)));
  }

  private static RouteConfig route(Values row, UpstreamConfig upstream, RetryPolicy general) {
    List<String> methods = row.get(RouteSettings.METHODS);
    RetryPolicy retry =
        new RetryPolicy(
            row.find(RouteSettings.MAX_ATTEMPTS).orElse(general.maxAttempts()),
            row.find(RouteSettings.MAX_DURATION).orElse(general.maxDuration()),
            general.backoffInitial(),
            general.backoffMax(),
            general.retryAfterMax(),
            row.find(RouteSettings.RETRY_ON).map(Set::copyOf).orElse(general.retryOn()),
            row.get(RouteSettings.REPEATABLE));
    return new RouteConfig(
        row.get(RouteSettings.PATH),
        Set.copyOf(methods),
        row.get(RouteSettings.CONCURRENCY),
        retry,
        row.find(RouteSettings.ATTEMPT_TIMEOUT).orElse(upstream.attemptTimeout()));
  }
}
