package dev.backlane.gateway.auth;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Loopback;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.protocol.ProblemType;
import java.util.List;

/// Identifies the caller of a request and checks that its token permits the method. Thread-safe.
public final class RequestAuthorizer {
  private final Authenticator authenticator;
  private final Scopes scopes;
  private final boolean loopbackOnly;

  /// @param authenticator identifies the caller by its token
  /// @param scopes the scope that each method requires
  public RequestAuthorizer(Authenticator authenticator, Scopes scopes) {
    this(authenticator, scopes, false);
  }

  private RequestAuthorizer(Authenticator authenticator, Scopes scopes, boolean loopbackOnly) {
    this.authenticator = authenticator;
    this.scopes = scopes;
    this.loopbackOnly = loopbackOnly;
  }

  /// Accepts every request as anonymous, if it addresses a loopback host: a page whose host name
  /// resolves to loopback (DNS rebinding) is refused.
  public static RequestAuthorizer anonymousOnLoopback() {
    return new RequestAuthorizer(new AnonymousAuthenticator(), new Scopes(List.of()), true);
  }

  /// The caller of the request.
  ///
  /// @throws ProblemException 401, 403 or 503 if the request is refused
  public Caller authorize(Call call) {
    return authenticate(call).caller();
  }

  /// The caller of the request, with what its token grants and how long.
  ///
  /// @throws ProblemException 401, 403 or 503 if the request is refused
  public Authentication.Authenticated authenticate(Call call) {
    if (loopbackOnly && !Loopback.isAddressed(call)) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          "Callers are not authenticated (auth.mode none), so only this machine is served, and the Host of this"
              + " request is not a loopback address. Use http://127.0.0.1, or let the operator set auth.mode.");
    }
    var values = call.values("Authorization");
    var sender = authenticator.authenticate(values.isEmpty() ? null : String.join(", ", values));
    return switch (sender) {
      case Authentication.Authenticated authenticated -> {
        var refusal = scopes.refusal(call.method(), authenticated);
        if (refusal.isPresent()) {
          throw problem(refusal.get());
        }
        yield authenticated;
      }
      case Authentication.Refused refused -> throw problem(refused);
    };
  }

  /// The refusal of a token that is valid, but cannot be used.
  public static ProblemException invalidToken(String detail) {
    return problem(Authentication.Refused.invalidToken(detail));
  }

  private static ProblemException problem(Authentication.Refused refused) {
    var challenge = new Header("WWW-Authenticate", refused.challenge());
    return switch (refused.status()) {
      case 401 -> new ProblemException(ProblemType.UNAUTHORIZED, refused.detail(), challenge);
      case 403 -> new ProblemException(ProblemType.FORBIDDEN, refused.detail(), challenge);
      default -> Problems.overloaded("issuer-unavailable", refused.detail());
    };
  }
}
