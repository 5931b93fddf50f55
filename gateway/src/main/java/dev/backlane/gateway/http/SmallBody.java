package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.protocol.ProblemType;
import java.io.IOException;

/// Reads content that is addressed to Backlane itself and held in memory. Stateless.
final class SmallBody {
  private SmallBody() {}

  /// The bytes of a request's content; none if it has none.
  ///
  /// @param kind names the content in the problem document
  /// @throws ProblemException if it is longer than `bytesMax`, or incomplete
  static byte[] read(Call call, String kind, int bytesMax) {
    if (!call.hasBody()) {
      return new byte[0];
    }
    try {
      byte[] bytes = call.body().readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new ProblemException(
            ProblemType.PAYLOAD_TOO_LARGE,
            "The " + kind + " is larger than " + bytesMax + " bytes.",
            new Header("Connection", "close"));
      }
      return bytes;
    } catch (IOException incomplete) {
      throw Problems.malformed("The " + kind + " is incomplete. Send it again.");
    }
  }
}
