package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.Methods;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.openapi.OpenApi;
import java.net.URI;
import java.util.List;

/// `/admin/v1/openapi.json`: the OpenAPI document of this API. Thread-safe.
public final class AdminOpenApi implements AdminResource {
  @Override
  public void handle(AdminCall call, List<String> path) {
    if (!path.isEmpty()) {
      throw AdminApi.unknown();
    }
    Methods.allow(call.call(), "GET, HEAD");
    call.call().response().status(AdminApi.OK).set("Content-Type", Json.MEDIA_TYPE);
    call.call().respond(OpenApi.admin(URI.create(call.uriOf(""))));
  }
}
