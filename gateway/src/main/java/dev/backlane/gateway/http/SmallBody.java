package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.protocol.ProblemType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;

/// Reads bodies that are meant for Backlane itself, and held in memory.
final class SmallBody {
  private SmallBody() {}

  /// The bytes of a request's body; none where there is no body.
  ///
  /// @param kind what it is, for the problem
  /// @throws ProblemException if it is longer than `bytesMax`, or breaks off
  static byte[] read(
      ServerRequest request,
      ServerResponse response,
      SlowClients slowClients,
      String kind,
      int bytesMax) {
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    try {
      byte[] bytes = slowClients.body(request, response).readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new ProblemException(
            ProblemType.PAYLOAD_TOO_LARGE,
            "The " + kind + " is larger than " + bytesMax + " bytes.",
            new Header("Connection", "close"));
      }
      return bytes;
    } catch (IOException broken) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST, "The " + kind + " broke off before its end. Send it again.");
    }
  }
}
