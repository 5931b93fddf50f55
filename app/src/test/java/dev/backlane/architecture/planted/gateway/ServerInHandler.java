package dev.backlane.architecture.planted.gateway;

import io.helidon.http.Status;

/// Uses a type of the web server outside the adapter.
public final class ServerInHandler {
  public Class<?> serverType() {
    return Status.class;
  }
}
