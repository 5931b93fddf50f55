package dev.backlane.architecture.planted.gateway;

import org.eclipse.jetty.server.Response;

/// Uses a type of the web server outside the adapter.
public final class ServerInHandler {
  public Class<?> serverType() {
    return Response.class;
  }
}
