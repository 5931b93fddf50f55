package dev.backlane.app.config.sections;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.ValueType.Table;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.webhook.SigningSecret;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.protocol.NotificationDto;
import dev.backlane.protocol.webhook.WebhookSecret;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// `subscriptions`: webhook subscriptions that are configured rather than managed over the admin
/// API. Stateless.
final class SubscriptionsSection {
  private static final Setting<String> TENANT =
      Setting.of(
              "tenant",
              Types.anyText("a tenant, or nothing"),
              "The tenant, as in the token; empty: callers without a tenant.")
          .byDefault("");
  private static final Setting<String> CLIENT =
      Setting.of(
          "client",
          Types.text("the client, as in the token", "TEXT"),
          "The client, as in the token. Required.");
  private static final Setting<URI> URL =
      Setting.of(
          "url",
          Types.url("https://example.com/hooks"),
          "The URL to send notifications to. Required.");
  private static final Setting<WebhookSecret> SECRET =
      Setting.of("secret", WebhooksSection.secret(), "Signs the notifications. Required.");
  private static final Setting<List<String>> EVENT_TYPES =
      Setting.of(
              "event-types",
              new Many<>(Types.oneOf(List.of(NotificationDto.EVENT_TYPE))),
              "The events to send; an empty list: none.")
          .byDefault(NotificationDto.EVENT_TYPE);

  static final Section SECTION = Section.withoutHeading();

  private static final Setting<List<Values>> SUBSCRIPTIONS =
      SECTION.add(
          Setting.of(
                  "subscriptions",
                  new Table(List.of(TENANT, CLIENT, URL, SECRET, EVENT_TYPES)),
                  "Webhook subscriptions, one per tenant and client, besides those managed over the"
                      + " admin API.")
              .byDefault("")
              .reloaded());

  private SubscriptionsSection() {}

  static void check(Values values) {
    record Owner(String tenant, String client) {}

    Set<Owner> owners = new HashSet<>();
    for (Values row : values.find(SUBSCRIPTIONS).orElse(List.of())) {
      row.require(CLIENT);
      row.require(URL);
      row.require(SECRET);
      Optional<String> tenant = row.find(TENANT);
      Optional<String> client = row.find(CLIENT);
      if (tenant.isPresent()
          && client.isPresent()
          && !owners.add(new Owner(tenant.get(), client.get()))) {
        row.problemOfRow(
            CLIENT,
            "is a second subscription of the same tenant and client",
            "keep one of the two");
      }
    }
  }

  static List<Subscription> of(Values values) {
    return values.get(SUBSCRIPTIONS).stream().map(SubscriptionsSection::subscription).toList();
  }

  private static Subscription subscription(Values row) {
    String tenant = row.get(TENANT);
    String client = row.get(CLIENT);
    String owner = tenant + "\n" + client;
    return new Subscription(
        // The same id at every start, so that the stored standing applies to the subscription.
        "sub_" + UUID.nameUUIDFromBytes(owner.getBytes(UTF_8)),
        tenant,
        client,
        row.get(URL),
        Set.copyOf(row.get(EVENT_TYPES)),
        List.of(new SigningSecret(row.get(SECRET), Optional.empty())),
        Subscription.Standing.GOOD,
        true,
        Optional.empty());
  }
}
