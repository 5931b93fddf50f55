package dev.backlane.engine.operation;

import java.util.List;

/// The receiver to notify of an operation's end.
public sealed interface Notification {
  /// No receiver.
  record None() implements Notification {}

  /// The receiver at an address in the call.
  ///
  /// @param uri absolute `http` or `https` URL
  record Address(String uri) implements Notification {}

  /// The receiver that is registered for the calling client.
  ///
  /// @param id of the subscription
  /// @param uri the registered address at the time of the call
  /// @param headers the caller's pairs, sent as header fields of the notification
  record Subscription(String id, String uri, List<Header> headers) implements Notification {
    public Subscription {
      headers = List.copyOf(headers);
    }
  }

  /// Whether two calls of one caller request the same notification. The address and id of a
  /// subscription do not count, since its owner may have changed them in between.
  default boolean sameRequestAs(Notification other) {
    return this instanceof Subscription(var _, var _, var pairs)
        ? other instanceof Subscription(var _, var _, var others) && pairs.equals(others)
        : equals(other);
  }
}
