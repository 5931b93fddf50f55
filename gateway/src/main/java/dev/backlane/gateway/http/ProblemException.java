package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import java.util.List;

/// Ends the handling of a call with a problem document (RFC 9457). [Problems] turns it into a
/// response.
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient Problem problem;
  private final transient List<Header> headers;
  private final String reason;

  /// @param detail states the problem and its fix; shown to the client
  /// @param headers further header fields of the response
  public ProblemException(ProblemType type, String detail, Header... headers) {
    this(type.slug(), type, detail, headers);
  }

  /// As above, with a word that names the reason more exactly than the type does, for metrics.
  ///
  /// @param reason one of a small set
  public ProblemException(String reason, ProblemType type, String detail, Header... headers) {
    super(detail, null, false, false);
    this.reason = reason;
    this.problem = new Problem(type, detail);
    this.headers = List.of(headers);
  }

  /// The problem document of the response.
  public Problem problem() {
    return problem;
  }

  String reason() {
    return reason;
  }

  /// Further header fields of the response.
  public List<Header> headers() {
    return headers;
  }
}
