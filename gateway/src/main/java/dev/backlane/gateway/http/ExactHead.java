package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.protocol.ProblemType;
import io.helidon.webserver.http.ServerRequest;

/// Refuses heads that could not be passed on as they came. The web server reads a head as ASCII and puts one replacement
/// character for every other byte, so the upstream would see another request than the client sent: of a target a `?`, behind
/// which its path would end.
public final class ExactHead {
  private static final char REPLACED = '\ufffd';
  private static final char FIRST_VISIBLE = '!';
  private static final char LAST_VISIBLE = '~';

  private ExactHead() {}

  /// Looks at the method, the target and the header lines. `erp-api-background` has a grammar of its own, and is never passed on.
  ///
  /// @throws ProblemException 400, after which the connection ends
  public static void require(ServerRequest request) {
    if (request.prologue().method().text().isEmpty()) {
      throw refusal("The request line begins without a method.");
    }
    if (!visible(Calls.target(request))) {
      throw refusal(
          "The request target holds a control character or a byte outside ASCII. Encode it with a percent sign.");
    }
    for (var line : request.headers()) {
      if (line.name().isEmpty()) {
        throw refusal("A header line has no name. Leave it out.");
      }
      if (replaced(line) && !HopByHop.isTrigger(line.name())) {
        throw refusal(
            "A header line holds a byte outside ASCII, which cannot be passed on as it is. Encode it as RFC 8187 has it, or"
                + " leave it out.");
      }
    }
  }

  private static boolean replaced(io.helidon.http.Header line) {
    return line.valueCount() == 1
        ? line.get().indexOf(REPLACED) >= 0
        : line.allValues().stream().anyMatch(value -> value.indexOf(REPLACED) >= 0);
  }

  private static boolean visible(String target) {
    for (int each = 0; each < target.length(); each++) {
      if (target.charAt(each) < FIRST_VISIBLE || target.charAt(each) > LAST_VISIBLE) {
        return false;
      }
    }
    return true;
  }

  private static ProblemException refusal(String detail) {
    return new ProblemException(
        ProblemType.INVALID_REQUEST, detail, new Header("Connection", "close"));
  }
}
