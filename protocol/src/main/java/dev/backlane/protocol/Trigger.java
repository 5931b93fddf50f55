package dev.backlane.protocol;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The value of the request header `erp-api-background`: that a call runs in the background, and whom to tell when it ends.
public sealed interface Trigger {
  /// Characters of the header's value at most; what common servers allow for a header line.
  int VALUE_CHARS_MAX = 8 * 1024;

  /// Pairs of one `subscription:` value at most.
  int PAIRS_MAX = 32;

  /// Characters of a reference at most.
  int REFERENCE_CHARS_MAX = 255;

  /// `none`: nobody is told.
  record None() implements Trigger {}

  /// `subscription`: the webhook subscription of the calling client is told.
  ///
  /// @param pairs become headers of the notification, in the order given; names as written, distinct without regard to
  ///     case. A pair `reference` is among them.
  record Subscription(Map<String, String> pairs) implements Trigger {
    private static final String REFERENCE = "reference";

    public Subscription {
      pairs = Collections.unmodifiableMap(new LinkedHashMap<>(pairs));
    }

    /// The value of the pair `reference`, which also is the operation's reference; empty where it is missing or blank.
    public Optional<String> reference() {
      return pairs.entrySet().stream()
          .filter(pair -> pair.getKey().equalsIgnoreCase(REFERENCE))
          .map(Map.Entry::getValue)
          .filter(value -> !value.isEmpty())
          .findFirst();
    }
  }

  /// A URL that is told. Whether its address is allowed is not checked here.
  ///
  /// @param uri absolute, `http` or `https`, with a host, without user information and fragment
  record Address(URI uri) implements Trigger {}

  /// Reads the value of the header.
  ///
  /// Keywords are read without regard to case. Of `subscription:<pairs>`, a comma ends a pair and the first `=` ends
  /// its name, so a value may hold `=` but no comma. Nothing is percent-decoded: a value reaches the receiver as written.
  ///
  /// @throws InvalidTriggerException where the value is malformed
  static Trigger parse(String headerValue) {
    return TriggerParser.parse(headerValue);
  }

  /// Reads the header from all of its lines.
  ///
  /// @throws InvalidTriggerException where there is not exactly one line, or its value is malformed
  static Trigger parse(List<String> headerLines) {
    if (headerLines.size() != 1) {
      throw new InvalidTriggerException(
          "The request has "
              + headerLines.size()
              + " "
              + Headers.BACKGROUND
              + " headers; send exactly one.");
    }
    return parse(headerLines.getFirst());
  }
}
