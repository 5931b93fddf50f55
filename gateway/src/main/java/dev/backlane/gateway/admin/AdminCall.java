package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.protocol.Json;

/// One call of an operator.
///
/// @param address under which operators reach the gateway
public record AdminCall(Call call, Operator operator, PublicAddress address) {
  private static final int NO_CONTENT = 204;

  String method() {
    return call.method();
  }

  String uriOf(String path) {
    return address.uriOf(path);
  }

  void respond(int status, Object document) {
    call.response().status(status).set("Content-Type", Json.MEDIA_TYPE);
    call.respond(Json.bytes(document));
  }

  void respondNoContent() {
    call.response().status(NO_CONTENT);
    call.respond();
  }
}
