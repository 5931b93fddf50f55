package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.protocol.Json;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/// One request of an operator, and its answer.
record AdminCall(ServerRequest request, ServerResponse response, Operator operator) {
  String method() {
    return Methods.of(request);
  }

  void answer(Status status, Object document) {
    response.status(status);
    response.header("Content-Type", Json.MEDIA_TYPE);
    response.send(Json.bytes(document));
  }

  void answerNothing() {
    response.status(Status.NO_CONTENT_204).send();
  }
}
