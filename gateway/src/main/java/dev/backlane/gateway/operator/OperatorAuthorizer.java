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

  /// @param gate compares `admin.token`
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
    return gate.hasAdminToken() || signInByProvider || open;
  }

  /// Whether the sender of a call is signed in without being asked: a user of this machine.
  public boolean opensTo(Call call) {
    return open && Loopback.isSender(call);
  }

  /// The operator who sends a call, by `admin.token` or by a sign-in. A change by a sign-in must
  /// repeat the sign-in's token in [#CSRF_HEADER].
  ///
  /// @throws ProblemException 401 if no operator sends it, 403 if a change does not repeat the
  ///     token, 429 if the client has sent too many wrong tokens
  public Operator authorize(Call call) {
    if (gate.opens(OperatorGate.Door.ADMIN_API, call)) {
      return Operator.TOKEN_HOLDER;
    }
    var session = sessions.of(call);
    if (session.isEmpty()) {
      throw OperatorGate.Door.ADMIN_API.required();
    }
    if (!SAFE_METHODS.contains(call.method())) {
      requireCsrf(session.get(), call.header(CSRF_HEADER));
    }
    return session.get().operator();
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

  /// Signs in an operator who knows `admin.token`.
  ///
  /// @return the value of `Set-Cookie`; empty if the token is wrong
  /// @throws ProblemException 429 if the client has sent too many wrong tokens
  public Optional<String> signIn(String offered, Call call) {
    return gate.opens(OperatorGate.Door.SIGN_IN, offered, call)
        ? Optional.of(signIn(Operator.TOKEN_HOLDER, call))
        : Optional.empty();
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

  /// Records an action before it begins; durable on return.
  public void audit(Operator operator, Call call, String action, String target) {
    audit.record(operator, proxies.of(call).client(), action, target);
  }
}
