package dev.backlane.protocol;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The value of the request header `erp-api-background`: the call runs in the background, and its
/// end is reported to this receiver.
public sealed interface Trigger {
  /// The maximum length of the header's value in characters; a common limit of servers.
  int VALUE_CHARS_MAX = 8 * 1024;

  /// The most pairs of one `subscription:` value.
  int PAIRS_MAX = 32;

  /// The maximum length of a reference in characters.
  int REFERENCE_CHARS_MAX = 255;

  /// `none`: no notification.
  record None() implements Trigger {}

  /// `subscription`: the webhook subscription of the calling client is notified.
  ///
  /// @param pairs header fields of the notification, in the given order and spelling; the names are
  ///     distinct, ignoring case. A pair `reference` is included.
  record Subscription(Map<String, String> pairs) implements Trigger {
    private static final String REFERENCE = "reference";

    public Subscription {
      pairs = Collections.unmodifiableMap(new LinkedHashMap<>(pairs));
    }

    /// The value of the pair `reference`, which is also the operation's reference; empty if it is
    /// missing or blank.
    public Optional<String> reference() {
      return pairs.entrySet().stream()
          .filter(pair -> pair.getKey().equalsIgnoreCase(REFERENCE))
          .map(Map.Entry::getValue)
          .filter(value -> !value.isEmpty())
          .findFirst();
    }
  }

  /// The URL to notify. Whether its address is permitted is not checked here.
  ///
  /// @param uri absolute, `http` or `https`, with a host, without user information and fragment
  record Address(URI uri) implements Trigger {}

  /// Reads the value of the header.
  ///
  /// Keywords are case-insensitive. In `subscription:<pairs>`, a comma ends a pair and the first
  /// `=` ends its name, so that a value may contain `=` but no comma. Nothing is percent-decoded: a
  /// value is sent to the receiver as written.
  ///
  /// @throws InvalidTriggerException if the value is malformed
  static Trigger parse(String headerValue) {
    return TriggerParser.parse(headerValue);
  }

  /// Reads the header from all of its values.
  ///
  /// @throws InvalidTriggerException if there is not exactly one value, or it is malformed
  static Trigger parse(List<String> headerValues) {
    if (headerValues.size() != 1) {
      throw new InvalidTriggerException(
          "The request has "
              + headerValues.size()
              + " "
              + Headers.BACKGROUND
              + " headers; send exactly one.");
    }
    return parse(headerValues.getFirst());
  }
}
