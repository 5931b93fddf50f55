package dev.backlane.engine.operation;

import java.util.List;

/// Whom to tell when an operation has ended.
public sealed interface Notification {
  /// Nobody.
  record None() implements Notification {}

  /// The receiver at an address that the caller gave.
  ///
  /// @param uri absolute `http` or `https` URL
  record Address(String uri) implements Notification {}

  /// The receiver that is registered for the calling client.
  ///
  /// @param id the subscription's
  /// @param uri the registered address at the time of the call
  /// @param headers the caller's pairs, sent as headers of the notification
  record Subscription(String id, String uri, List<Header> headers) implements Notification {
    public Subscription {
      headers = List.copyOf(headers);
    }
  }
}
