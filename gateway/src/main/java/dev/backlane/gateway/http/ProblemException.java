package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import java.util.List;

/// Ends the handling of a request with a problem document (RFC 9457). [Problems] alone turns it into an answer.
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient Problem problem;
  private final transient List<Header> headers;

  /// @param detail what is wrong and how to mend it; shown to the client
  /// @param headers further headers of the answer
  public ProblemException(ProblemType type, String detail, Header... headers) {
    super(detail, null, false, false);
    this.problem = new Problem(type, detail);
    this.headers = List.of(headers);
  }

  Problem problem() {
    return problem;
  }

  List<Header> headers() {
    return headers;
  }
}
