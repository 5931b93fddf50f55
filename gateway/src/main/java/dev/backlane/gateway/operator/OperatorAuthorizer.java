package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.protocol.ProblemType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;

/// Lets operators in, and notes what they do. Whoever tries tokens is slowed down by address. Thread-safe.
public final class OperatorAuthorizer {
  /// Carries what a change has to repeat of the sign-in.
  public static final String CSRF_HEADER = "X-CSRF-Token";

  /// Refusals of one address a minute; more are answered 429.
  private static final int REFUSALS_PER_MINUTE = 30;

  /// Browsers of one address that come back from the provider in a minute.
  private static final int RETURNS_PER_MINUTE = 120;

  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

  private final OperatorToken token;
  private final Sessions sessions;
  private final boolean signInByProvider;
  private final AuditLog audit;
  private final RateLimit returns = new RateLimit("sign-ins", RETURNS_PER_MINUTE);
  private final RateLimit refusals = new RateLimit("refused sign-ins", REFUSALS_PER_MINUTE);

  /// @param signInByProvider whether operators can sign in with OpenID Connect
  public OperatorAuthorizer(
      OperatorToken token, Sessions sessions, boolean signInByProvider, AuditLog audit) {
    this.token = token;
    this.sessions = sessions;
    this.signInByProvider = signInByProvider;
    this.audit = audit;
  }

  /// Tells whether there is a way in at all.
  public boolean open() {
    return token.isSet() || signInByProvider;
  }

  /// Lets in who shows `admin.token`, or a sign-in; a change by a sign-in repeats its token in [#CSRF_HEADER].
  ///
  /// @throws ProblemException 401 if no operator asks, 403 if a change does not repeat the token, 429 if the address has tried
  ///     too often
  public Operator admit(ServerRequest request, ServerResponse response) {
    if (token.holds(request)) {
      return Operator.TOKEN_HOLDER;
    }
    var session = sessions.of(request);
    if (session.isEmpty()) {
      refused(request, response);
      throw OperatorToken.wanted();
    }
    if (!SAFE_METHODS.contains(Methods.of(request))) {
      requireCsrf(session.get(), Calls.first(request, CSRF_HEADER));
    }
    return session.get().operator();
  }

  /// @throws ProblemException 403 if what came is not what the sign-in has to repeat
  public static void requireCsrf(Session session, Optional<String> came) {
    boolean same =
        MessageDigest.isEqual(session.csrfToken().getBytes(UTF_8), came.orElse("").getBytes(UTF_8));
    if (!same) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          "A change by a sign-in repeats its token, in "
              + CSRF_HEADER
              + " or in the form. Load the page again.");
    }
  }

  /// The sign-in that a request shows.
  public Optional<Session> session(ServerRequest request) {
    return sessions.of(request);
  }

  /// Signs in who knows `admin.token`.
  ///
  /// @return the `Set-Cookie` line; empty if the token is wrong
  /// @throws ProblemException 429 if the address has tried too often
  public Optional<String> signIn(String offered, ServerRequest request, ServerResponse response) {
    if (!token.is(offered)) {
      refused(request, response);
      return Optional.empty();
    }
    return Optional.of(signIn(Operator.TOKEN_HOLDER, request));
  }

  /// Signs an operator in.
  ///
  /// @return the `Set-Cookie` line
  public String signIn(Operator operator, ServerRequest request) {
    note(operator, request, "operator.sign-in", "dashboard");
    return sessions.begin(operator);
  }

  /// Signs out.
  ///
  /// @return the `Set-Cookie` line
  public String signOut() {
    return sessions.end();
  }

  /// Counts a sign-in that a provider is to be asked about, so that nobody has it asked without end.
  ///
  /// @throws ProblemException 429 if the address has come back too often
  public void returning(ServerRequest request, ServerResponse response) {
    returns.admit(new Caller("", remote(request), ""), response);
  }

  private void refused(ServerRequest request, ServerResponse response) {
    refusals.admit(new Caller("", remote(request), ""), response);
  }

  /// Notes an action before it is begun.
  public void note(Operator operator, ServerRequest request, String action, String target) {
    audit.note(operator, remote(request), action, target);
  }

  private static String remote(ServerRequest request) {
    return request.remotePeer().host();
  }
}
