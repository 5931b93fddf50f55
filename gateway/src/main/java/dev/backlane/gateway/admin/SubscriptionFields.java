package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.webhook.Requester;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.WebhookAddresses;
import dev.backlane.protocol.ProblemType;
import dev.backlane.protocol.url.HttpUrl;
import dev.backlane.protocol.url.InvalidUrlException;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/// Checks the members of a subscription that an operator sends. Thread-safe.
public final class SubscriptionFields {
  private static final int TEXT_CHARS_MAX = 255;

  private final WebhookAddresses addresses;

  /// @param addresses decides which addresses may be called
  public SubscriptionFields(WebhookAddresses addresses) {
    this.addresses = addresses;
  }

  static Optional<String> shortText(String name, Optional<String> text) {
    if (text.filter(each -> each.length() > TEXT_CHARS_MAX || !each.equals(each.strip()))
        .isPresent()) {
      throw wrong(
          "The member '"
              + name
              + "' is longer than "
              + TEXT_CHARS_MAX
              + " characters or has leading or trailing space.");
    }
    return text;
  }

  URI url(String text) {
    var url = uri(text);
    if (addresses.decide(url, Requester.OPERATOR)
        instanceof WebhookAddresses.Forbidden(var detail)) {
      throw new ProblemException(ProblemType.WEBHOOK_ADDRESS_FORBIDDEN, detail);
    }
    return url;
  }

  private static URI uri(String text) {
    try {
      return HttpUrl.parse(text).uri();
    } catch (InvalidUrlException invalid) {
      throw wrong("The URL in the member 'url' " + invalid.getMessage() + ".");
    }
  }

  static Set<String> known(Set<String> eventTypes) {
    if (!Subscription.EVENT_TYPES_DEFAULT.containsAll(eventTypes)) {
      throw wrong("Event types are " + Subscription.EVENT_TYPES_DEFAULT + ".");
    }
    return eventTypes;
  }

  static ProblemException wrong(String detail) {
    return new ProblemException(ProblemType.INVALID_REQUEST, detail);
  }
}
