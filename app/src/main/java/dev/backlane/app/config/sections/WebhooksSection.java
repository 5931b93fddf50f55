package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.WrongValueException;
import dev.backlane.app.config.reader.Values;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.notification.DeliverySettings;
import dev.backlane.gateway.address.Cidr;
import dev.backlane.gateway.tls.TlsFiles;
import dev.backlane.gateway.webhook.WebhookSender;
import dev.backlane.protocol.NotificationHeaders;
import dev.backlane.protocol.webhook.WebhookSecret;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `webhooks`: how notifications are sent.
///
/// @param urlInHeader whether a caller may name any URL in the trigger header
/// @param allowCidrs loopback, private and link-local addresses that are allowed
/// @param timeout the longest time for one delivery attempt
/// @param signing how notifications are signed
/// @param deliveries how deliveries are retried, and how many run at the same time
/// @param rotationOverlap how long an old secret signs beside the new one
/// @param tls certificate and trust for https receivers
public record WebhooksSection(
    boolean urlInHeader,
    List<Cidr> allowCidrs,
    Duration timeout,
    WebhookSender.Terms signing,
    DeliverySettings deliveries,
    Duration rotationOverlap,
    TlsFiles tls) {
  /// The longest wait that a receiver can request with `Retry-After`.
  private static final Duration RETRY_AFTER_MAX = Duration.ofHours(24);

  /// The time after the timeout of an attempt until another node may repeat it. The timeout does
  /// not include the look-up of the host.
  private static final Duration ATTEMPT_SLACK = Duration.ofSeconds(15);

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAYS_MAX = Duration.ofDays(30);
  private static final Pattern HTTP_TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
  private static final Pattern CIDR = Pattern.compile("([0-9A-Fa-f:.]+)(?:/(\\d{1,3}))?");

  /// Other header fields that every notification has.
  private static final Set<String> HEADERS_USED = Set.of("user-agent");

  static final Section SECTION = Section.of("How notifications are sent.");

  private static final Setting<Boolean> URL_IN_HEADER =
      SECTION.add(
          Setting.of(
                  "webhooks.url-in-header",
                  Types.bool(),
                  "Whether a caller may name any URL in erp-api-background; if false, only"
                      + " subscriptions are notified.")
              .byDefault("true")
              .reloaded());
  private static final Setting<List<Cidr>> ALLOW_CIDRS =
      SECTION.add(
          Setting.of(
                  "webhooks.allow-cidrs",
                  new Many<>(cidr()),
                  "Ranges of loopback, private or link-local addresses to which notifications may"
                      + " be sent.")
              .byDefault("")
              .reloaded());
  private static final Setting<String> SIGNATURE_HEADER =
      SECTION.add(
          Setting.of(
                  "webhooks.signature-header",
                  Types.matching("the name of a header", "NAME", HTTP_TOKEN),
                  "The header with the base64 HMAC-SHA256 of the body.")
              .byDefault("x-signature")
              .reloaded());
  private static final Setting<Duration> TIMEOUT =
      SECTION.add(
          Setting.of(
                  "webhooks.timeout",
                  Types.duration(Duration.ofMillis(1), HOUR),
                  "The longest time for one delivery attempt.")
              .byDefault("15s"));
  private static final Setting<List<Duration>> RETRY_SCHEDULE =
      SECTION.add(
          Setting.of(
                  "webhooks.retry-schedule",
                  new Many<>(Types.duration(Duration.ZERO, DAYS_MAX), true),
                  "The waits before the second attempt, the third, and so on, each extended by a"
                      + " random part of up to 20 %. After the last attempt, the delivery has"
                      + " failed.")
              .byDefault("5s,5m,30m,2h,5h,10h,10h"));
  private static final Setting<Integer> CONCURRENCY =
      SECTION.add(
          Setting.of(
                  "webhooks.concurrency",
                  Types.wholeNumber(1, 100_000),
                  "The maximum number of delivery attempts in flight at each node.")
              .byDefault("512"));
  private static final Setting<Integer> CONCURRENCY_PER_TENANT =
      SECTION.add(
          Setting.of(
                  "webhooks.concurrency-per-tenant",
                  Types.wholeNumber(1, 100_000),
                  "The part of webhooks.concurrency that receivers of one tenant may use.")
              .byDefault("256"));
  private static final Setting<Integer> CONCURRENCY_PER_RECEIVER =
      SECTION.add(
          Setting.of(
                  "webhooks.concurrency-per-receiver",
                  Types.wholeNumber(1, 10_000),
                  "The attempts that one receiver gets at the same time after one has succeeded."
                      + " Before that and after a failure, it gets one at a time."
                      + " webhooks.concurrency also counts those whose outcome is being stored.")
              .byDefault("8"));
  private static final Setting<Duration> DISABLE_AFTER =
      SECTION.add(
          Setting.of(
                  "webhooks.disable-after",
                  Types.duration(Duration.ZERO, DAYS_MAX),
                  "A subscription is disabled if no delivery to it has succeeded for this time. 0ms"
                      + " disables this.")
              .byDefault("5d")
              .reloaded());
  private static final Setting<Duration> ROTATION_OVERLAP =
      SECTION.add(
          Setting.of(
                  "webhooks.rotation-overlap",
                  Types.duration(Duration.ZERO, DAYS_MAX),
                  "How long the old secret of a subscription signs beside the new one.")
              .byDefault("24h")
              .reloaded());
  private static final Setting<Duration> RETENTION =
      SECTION.add(
          Setting.of(
                  "webhooks.retention",
                  Types.duration(HOUR, Duration.ofDays(365)),
                  "How long an ended delivery and its attempts are kept at least, counted from its"
                      + " end.")
              .byDefault("7d"));
  private static final Setting<WebhookSecret> DEFAULT_SECRET =
      SECTION.add(
          Setting.of(
                  "webhooks.default-secret",
                  secret(),
                  "Signs notifications to URLs of callers without a subscription. If unset, they are"
                      + " not signed.")
              .reloaded());
  private static final TlsSection TLS =
      TlsSection.ofClient(SECTION, "webhooks", "receivers of notifications");

  public WebhooksSection {
    allowCidrs = List.copyOf(allowCidrs);
  }

  /// A secret that signs notifications: `whsec_` and base64, as in Standard Webhooks.
  static Scalar<WebhookSecret> secret() {
    return new Scalar<>(
        "'whsec_' and the base64 of 24 to 64 random bytes",
        "SECRET",
        false,
        text -> {
          String line = Types.line(text);
          try {
            return new WebhookSecret(line);
          } catch (IllegalArgumentException malformed) {
            throw new WrongValueException("cannot sign: " + malformed.getMessage());
          }
        });
  }

  /// An address, or a range of addresses (RFC 4632, RFC 4291) whose bits beyond the prefix are
  /// zero.
  static Scalar<Cidr> cidr() {
    return new Scalar<>(
        "an address or a range of addresses, such as 192.168.7.9, 10.1.0.0/16 or fd00::/8",
        "CIDR",
        true,
        WebhooksSection::parseCidr);
  }

  private static Cidr parseCidr(String text) throws WrongValueException {
    Matcher parts = CIDR.matcher(text);
    if (!parts.matches() || !Types.isAddress(parts.group(1))) {
      throw new WrongValueException("is not a range of addresses");
    }
    int addressBits = InetAddress.ofLiteral(parts.group(1)).getAddress().length * Byte.SIZE;
    if (parts.group(2) != null && Integer.parseInt(parts.group(2)) > addressBits) {
      throw new WrongValueException("has a prefix longer than the address");
    }
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException malformed) {
      throw new WrongValueException("has bits set beyond its prefix, so the range is ambiguous");
    }
  }

  static void check(Values values) {
    values
        .find(SIGNATURE_HEADER)
        .filter(name ->
            NotificationHeaders.objectionToSignature(name).isPresent()
                || HEADERS_USED.contains(NotificationHeaders.comparable(name)))
        .ifPresent(name ->
            values.problem(
                SIGNATURE_HEADER,
                Values.quote(name)
                    + " is already used by notifications, or belongs to the connection",
                "give another name, such as x-signature"));
    TLS.check(values);
  }

  static WebhooksSection of(Values values) {
    var signing =
        new WebhookSender.Terms(
            values.get(SIGNATURE_HEADER), values.find(DEFAULT_SECRET), values.get(DISABLE_AFTER));
    var deliveries =
        new DeliverySettings(
            new DeliverySchedule(values.get(RETRY_SCHEDULE), RETRY_AFTER_MAX),
            values.get(CONCURRENCY),
            values.get(CONCURRENCY_PER_TENANT),
            values.get(CONCURRENCY_PER_RECEIVER),
            values.get(TIMEOUT).plus(ATTEMPT_SLACK),
            values.get(RETENTION));
    return new WebhooksSection(
        values.get(URL_IN_HEADER),
        values.get(ALLOW_CIDRS),
        values.get(TIMEOUT),
        signing,
        deliveries,
        values.get(ROTATION_OVERLAP),
        TLS.files(values));
  }
}
