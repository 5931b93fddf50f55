package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Many;
import dev.backlane.app.config.ValueType.Table;
import dev.backlane.protocol.NotificationDto;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The settings of notifications and of who gets them.
final class WebhookSettings {
  private static final String EVENT_TYPE = NotificationDto.EVENT_TYPE;
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAYS_MAX = Duration.ofDays(30);
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
  static final Setting<List<Duration>> RETRY_SCHEDULE =
      Setting.of(
              "webhooks.retry-schedule",
              new Many<>(Types.duration(Duration.ZERO, DAYS_MAX), true),
              "The waits before the second attempt, the third, and so on, each lengthened by up to a fifth; when all are used up,"
                  + " the delivery has failed.")
          .byDefault("5s,5m,30m,2h,5h,10h,10h");
  static final Setting<Integer> CONCURRENCY =
      Setting.of(
              "webhooks.concurrency",
              Types.wholeNumber(1, 100_000),
              "Delivery attempts at the same time, at each node.")
          .byDefault("512");
  static final Setting<Integer> CONCURRENCY_PER_TENANT =
      Setting.of(
              "webhooks.concurrency-per-tenant",
              Types.wholeNumber(1, 100_000),
              "Of these, to receivers of one tenant.")
          .byDefault("256");
  static final Setting<Integer> CONCURRENCY_PER_RECEIVER =
      Setting.of(
              "webhooks.concurrency-per-receiver",
              Types.wholeNumber(1, 10_000),
              "Of these, to one receiver, once an attempt has succeeded; until then and after a failure, one at a time.")
          .byDefault("8");
  static final Setting<Duration> DISABLE_AFTER =
      Setting.of(
              "webhooks.disable-after",
              Types.duration(Duration.ZERO, DAYS_MAX),
              "A subscription is disabled when no delivery has succeeded for so long; 0ms: never.")
          .byDefault("5d");
  static final Setting<Duration> ROTATION_OVERLAP =
      Setting.of(
              "webhooks.rotation-overlap",
              Types.duration(Duration.ZERO, DAYS_MAX),
              "How long the old secret of a subscription signs beside the new one.")
          .byDefault("24h");
  static final Setting<Duration> RETENTION =
      Setting.of(
              "webhooks.retention",
              Types.duration(HOUR, Duration.ofDays(365)),
              "How long an ended delivery and its attempts are kept, counted from the receipt of its operation.")
          .byDefault("7d");
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
  static final Setting<List<String>> SUBSCRIPTION_EVENT_TYPES =
      Setting.of(
              "event-types",
              new Many<>(Types.oneOf(List.of(EVENT_TYPE))),
              "Of what it is told; none: of nothing.")
          .byDefault(EVENT_TYPE);
  static final Setting<List<Values>> SUBSCRIPTIONS =
      Setting.of(
              "subscriptions",
              new Table(
                  List.of(
                      SUBSCRIPTION_TENANT,
                      SUBSCRIPTION_CLIENT,
                      SUBSCRIPTION_URL,
                      SUBSCRIPTION_SECRET,
                      SUBSCRIPTION_EVENT_TYPES)),
              "Webhook subscriptions, one per tenant and client, besides those managed over the admin API.")
          .byDefault("");

  static final List<Setting<?>> ALL =
      Stream.<List<Setting<?>>>of(
              List.of(
                  URL_IN_HEADER,
                  ALLOW_CIDRS,
                  SIGNATURE_HEADER,
                  TIMEOUT,
                  RETRY_SCHEDULE,
                  CONCURRENCY,
                  CONCURRENCY_PER_TENANT,
                  CONCURRENCY_PER_RECEIVER,
                  DISABLE_AFTER,
                  ROTATION_OVERLAP,
                  RETENTION,
                  DEFAULT_SECRET),
              TlsSettings.WEBHOOKS.all(),
              List.of(SUBSCRIPTIONS))
          .flatMap(List::stream)
          .toList();

  private WebhookSettings() {}
}
