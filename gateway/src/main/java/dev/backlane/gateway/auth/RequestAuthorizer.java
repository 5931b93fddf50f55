package dev.backlane.gateway.auth;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.protocol.ProblemType;
import io.helidon.webserver.http.ServerRequest;

/// Lets a request in, or ends it with the problem that says why not. Thread-safe.
public final class RequestAuthorizer {
  private final Authenticator authenticator;
  private final Scopes scopes;

  /// @param authenticator tells who sends a request
  /// @param scopes tells whether the token reaches as far as the method
  public RequestAuthorizer(Authenticator authenticator, Scopes scopes) {
    this.authenticator = authenticator;
    this.scopes = scopes;
  }

  /// Who sends the request.
  ///
  /// @throws ProblemException 401, 403 or 503 if it is not to be served
  public Caller admit(ServerRequest request) {
    var lines = Calls.values(request, "Authorization");
    var sender = authenticator.authenticate(lines.isEmpty() ? null : String.join(", ", lines));
    return switch (sender) {
      case Authentication.Authenticated authenticated -> {
        var refusal = scopes.refusal(request.prologue().method().text(), authenticated);
        if (refusal.isPresent()) {
          throw problem(refusal.get());
        }
        yield authenticated.caller();
      }
      case Authentication.Refused refused -> throw problem(refused);
    };
  }

  private static ProblemException problem(Authentication.Refused refused) {
    var challenge = new Header("WWW-Authenticate", refused.challenge());
    return switch (refused.status()) {
      case 401 -> new ProblemException(ProblemType.UNAUTHORIZED, refused.detail(), challenge);
      case 403 -> new ProblemException(ProblemType.FORBIDDEN, refused.detail(), challenge);
      default -> Problems.overloaded(refused.detail());
    };
  }
}
