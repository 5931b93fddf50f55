package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.forwarding.TrustedProxies;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Loopback;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.protocol.ProblemType;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;

/// Authenticates operators and records their actions. Thread-safe.
public final class OperatorAuthorizer {
  /// The request header in which each change repeats the token of the sign-in.
  public static final String CSRF_HEADER = "X-CSRF-Token";

  /// Browsers of one address that return from the provider in a minute; more get 429.
  private static final int RETURNS_PER_MINUTE = 120;

  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

  private final OperatorGate gate;
  private final Sessions sessions;
  private final boolean signInByProvider;
  private final boolean open;
  private final AuditLog audit;
  private final TrustedProxies proxies;
  private final RateLimit returns = new RateLimit("sign-ins", RETURNS_PER_MINUTE);

  /// @param gate compares the tokens of operators
  /// @param signInByProvider whether operators can sign in with OpenID Connect
  /// @param open whether the dashboard needs no sign-in, `admin.open`: the gateway is for this
  ///     machine only
  /// @param proxies determine the address of an operator
  public OperatorAuthorizer(
      OperatorGate gate,
      Sessions sessions,
      boolean signInByProvider,
      boolean open,
      AuditLog audit,
      TrustedProxies proxies) {
    this.gate = gate;
    this.sessions = sessions;
    this.signInByProvider = signInByProvider;
    this.open = open;
    this.audit = audit;
    this.proxies = proxies;
  }

  /// Whether operators can sign in at all.
  public boolean enabled() {
    return gate.hasOperatorToken() || signInByProvider || open;
  }

  /// Whether the sender of a call is signed in without being asked: a user of this machine.
  public boolean opensTo(Call call) {
    return open && Loopback.isSender(call);
  }

  /// The operator who sends a call, by a token or by a sign-in. A change by a sign-in must repeat
  /// the sign-in's token in [#CSRF_HEADER].
  ///
  /// @throws ProblemException 401 if no operator sends it, 403 if it is a change and the operator
  ///     may only read or does not repeat the token, 429 if the client has sent too many wrong
  ///     tokens
  public Operator authorize(Call call) {
    boolean change = !SAFE_METHODS.contains(call.method());
    var holder = gate.operator(call);
    if (holder.isPresent()) {
      return change ? requireOperate(holder.get()) : holder.get();
    }
    var session = sessions.of(call);
    if (session.isEmpty()) {
      throw OperatorGate.Door.ADMIN_API.required();
    }
    if (change) {
      requireCsrf(session.get(), call.header(CSRF_HEADER));
      return requireOperate(session.get().operator());
    }
    return session.get().operator();
  }

  /// Refuses a change by an operator who may only read.
  ///
  /// @return the operator
  /// @throws ProblemException 403
  public static Operator requireOperate(Operator operator) {
    if (operator.role() != Operator.Role.OPERATE) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          operator.name()
              + " may read and change nothing. Use admin.token, or sign in as an operator who may.");
    }
    return operator;
  }

  /// @throws ProblemException 403 if the token received is not that of the sign-in
  public static void requireCsrf(Session session, Optional<String> received) {
    boolean same =
        MessageDigest.isEqual(
            session.csrfToken().getBytes(UTF_8), received.orElse("").getBytes(UTF_8));
    if (!same) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          "A change by a sign-in must repeat its token, in "
              + CSRF_HEADER
              + " or in the form. Load the page again.");
    }
  }

  /// The sign-in of a call's cookie.
  public Optional<Session> session(Call call) {
    return sessions.of(call);
  }

  /// Signs in an operator who knows `admin.token` or `admin.read-token`.
  ///
  /// @return the value of `Set-Cookie`; empty if the token is wrong
  /// @throws ProblemException 429 if the client has sent too many wrong tokens
  public Optional<String> signIn(String offered, Call call) {
    return gate.operator(OperatorGate.Door.SIGN_IN, offered, call)
        .map(operator -> signIn(operator, call));
  }

  /// Signs an operator in.
  ///
  /// @return the value of `Set-Cookie`
  public String signIn(Operator operator, Call call) {
    audit(operator, call, "operator.sign-in", "dashboard");
    return sessions.begin(operator);
  }

  /// Signs out.
  ///
  /// @return the value of `Set-Cookie`
  public String signOut() {
    return sessions.end();
  }

  /// Counts a sign-in that requires a request to the provider, so that no address can cause an
  /// unlimited number of them.
  ///
  /// @throws ProblemException 429 if the address has caused too many
  public void countReturn(Call call) {
    returns.admit(new Caller("", proxies.of(call).client(), ""), call.response());
  }

  /// Refuses credentials for the upstream that contain a token of operators.
  ///
  /// @throws ProblemException 403
  public void refuseOwnToken(String credentials) {
    if (gate.holdsToken(credentials)) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          "The credentials for the upstream have a token of the gateway's operators; it was not"
              + " passed on.");
    }
  }

  /// Records an action before it begins; durable on return.
  public void audit(Operator operator, Call call, String action, String target) {
    audit.record(operator, proxies.of(call).client(), action, target);
  }
}
