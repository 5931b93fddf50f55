package dev.backlane.gateway.operator;

import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.ratelimit.RateLimit;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/// Lets operators in, and notes what they do. Whoever tries tokens is slowed down by address. Thread-safe.
public final class OperatorGate {
  /// Wrong tokens of one address a minute; more are answered 429.
  private static final int REFUSALS_PER_MINUTE = 30;

  private final OperatorToken token;
  private final AuditLog audit;
  private final RateLimit refusals = new RateLimit("refused sign-ins", REFUSALS_PER_MINUTE);

  public OperatorGate(OperatorToken token, AuditLog audit) {
    this.token = token;
    this.audit = audit;
  }

  /// Tells whether there is a way in at all.
  public boolean open() {
    return token.isSet();
  }

  /// @throws ProblemException 401 if no operator asks, 429 if the address has tried too often
  public Operator admit(ServerRequest request, ServerResponse response) {
    if (token.holds(request)) {
      return Operator.TOKEN_HOLDER;
    }
    refusals.admit(new Caller("", remote(request), ""), response);
    throw OperatorToken.wanted();
  }

  /// Notes an action before it is begun.
  public void note(Operator operator, ServerRequest request, String action, String target) {
    audit.note(operator, remote(request), action, target);
  }

  private static String remote(ServerRequest request) {
    return request.remotePeer().host();
  }
}
