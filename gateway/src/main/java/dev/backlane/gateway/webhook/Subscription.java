package dev.backlane.gateway.webhook;

import dev.backlane.engine.operation.Caller;
import java.net.URI;

/// A receiver that is registered for a client.
///
/// @param tenant the company it serves; empty: all of the client's
/// @param client the OAuth2 client it serves
/// @param url where notifications go
public record Subscription(String tenant, String client, URI url) {
  boolean serves(Caller caller) {
    return client.equals(caller.client()) && (tenant.isEmpty() || tenant.equals(caller.tenant()));
  }
}
