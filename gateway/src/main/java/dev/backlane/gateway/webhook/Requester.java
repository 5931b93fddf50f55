package dev.backlane.gateway.webhook;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Caller;

/// For whom a host name is looked up. Each tenant and each client has a share of the look-ups, so
/// that names whose name servers do not respond delay only the notifications of their own caller.
///
/// @param tenant empty if the token names none
/// @param client the OAuth2 client; empty if the token names none
public record Requester(String tenant, String client) {
  /// An operator, or the gateway itself. It is no tenant: a claim has no control characters.
  public static final Requester OPERATOR = new Requester("\0operator", "");

  static Requester of(Caller caller) {
    return new Requester(caller.tenant(), caller.client());
  }

  static Requester of(Delivery delivery) {
    return new Requester(delivery.tenant(), delivery.client());
  }
}
