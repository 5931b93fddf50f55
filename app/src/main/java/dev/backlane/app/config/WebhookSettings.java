package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Many;
import dev.backlane.app.config.ValueType.Table;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The settings of notifications and of who gets them.
final class WebhookSettings {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Pattern HTTP_TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

  static final Setting<Boolean> URL_IN_HEADER =
      Setting.of(
              "webhooks.url-in-header",
              Types.truth(),
              "Whether a caller may name any URL in erp-api-background; else only subscriptions are notified.")
          .byDefault("true");
  static final Setting<List<String>> ALLOW_CIDRS =
      Setting.of(
              "webhooks.allow-cidrs",
              new Many<>(Types.cidr()),
              "Ranges of addresses that may be notified though they are loopback, private or link-local.")
          .byDefault("");
  static final Setting<String> SIGNATURE_HEADER =
      Setting.of(
              "webhooks.signature-header",
              Types.matching("the name of a header", "NAME", HTTP_TOKEN),
              "The header with the base64 HMAC-SHA256 of the body.")
          .byDefault("x-signature");
  static final Setting<Duration> TIMEOUT =
      Setting.of("webhooks.timeout", Types.duration(MILLI, HOUR), "Of one delivery attempt.")
          .byDefault("15s");
  static final Setting<Secret> DEFAULT_SECRET =
      Setting.of(
          "webhooks.default-secret",
          WebhookSecret.type(),
          "Signs notifications of callers that have no subscription. Left out: these are not signed.");

  static final Setting<String> SUBSCRIPTION_TENANT =
      Setting.of(
              "tenant",
              Types.anyText("a tenant, or nothing"),
              "The tenant, as in the token; empty: none.")
          .byDefault("");
  static final Setting<String> SUBSCRIPTION_CLIENT =
      Setting.of(
          "client",
          Types.text("the client, as in the token", "TEXT"),
          "The client, as in the token. Required.");
  static final Setting<URI> SUBSCRIPTION_URL =
      Setting.of(
          "url", UrlType.ofPage("https://example.com/hooks"), "The URL to notify. Required.");
  static final Setting<Secret> SUBSCRIPTION_SECRET =
      Setting.of("secret", WebhookSecret.type(), "Signs the notifications. Required.");
  static final Setting<List<Values>> SUBSCRIPTIONS =
      Setting.of(
              "subscriptions",
              new Table(
                  List.of(
                      SUBSCRIPTION_TENANT,
                      SUBSCRIPTION_CLIENT,
                      SUBSCRIPTION_URL,
                      SUBSCRIPTION_SECRET)),
              "Webhook subscriptions, one per tenant and client, besides those managed over the admin API.")
          .byDefault("");

  static final List<Setting<?>> ALL =
      Stream.<List<Setting<?>>>of(
              List.of(URL_IN_HEADER, ALLOW_CIDRS, SIGNATURE_HEADER, TIMEOUT, DEFAULT_SECRET),
              TlsSettings.WEBHOOKS.all(),
              List.of(SUBSCRIPTIONS))
          .flatMap(List::stream)
          .toList();

  private WebhookSettings() {}
}
