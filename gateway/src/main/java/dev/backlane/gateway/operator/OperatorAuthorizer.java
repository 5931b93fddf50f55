package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.forwarding.TrustedProxies;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.protocol.ProblemType;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;

/// Authenticates operators and records their actions. Failed attempts are limited by address.
/// Thread-safe.
public final class OperatorAuthorizer {
  /// The request header in which each change repeats the token of the sign-in.
  public static final String CSRF_HEADER = "X-CSRF-Token";

  /// Refusals of one address in a minute; more get 429.
  private static final int REFUSALS_PER_MINUTE = 30;

  /// Browsers of one address that return from the provider in a minute; more get 429.
  private static final int RETURNS_PER_MINUTE = 120;

  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

  private final OperatorToken token;
  private final Sessions sessions;
  private final boolean signInByProvider;
  private final boolean open;
  private final AuditLog audit;
  private final TrustedProxies proxies;
  private final RateLimit returns = new RateLimit("sign-ins", RETURNS_PER_MINUTE);
  private final RateLimit refusals = new RateLimit("refused sign-ins", REFUSALS_PER_MINUTE);

  /// @param signInByProvider whether operators can sign in with OpenID Connect
  /// @param open whether the dashboard needs no sign-in, `admin.open`: the listener is on loopback
  /// @param proxies determine the address of an operator
  public OperatorAuthorizer(
      OperatorToken token,
      Sessions sessions,
      boolean signInByProvider,
      boolean open,
      AuditLog audit,
      TrustedProxies proxies) {
    this.token = token;
    this.sessions = sessions;
    this.signInByProvider = signInByProvider;
    this.open = open;
    this.audit = audit;
    this.proxies = proxies;
  }

  /// Whether operators can sign in at all.
  public boolean enabled() {
    return token.isSet() || signInByProvider || open;
  }

  /// Whether the sender of a call is signed in without being asked. The host must be a loopback
  /// address or `localhost`: a page whose own name resolves to loopback (DNS rebinding) must not be
  /// signed in.
  public boolean opensTo(Call call) {
    return open && isLoopback(call.authority().replaceFirst(":\\d*$", ""));
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || host.equals("[::1]")
        || host.matches("127(\\.\\d{1,3}){3}");
  }

  /// The operator who sends a call, by `admin.token` or by a sign-in. A change by a sign-in must
  /// repeat the sign-in's token in [#CSRF_HEADER].
  ///
  /// @throws ProblemException 401 if no operator sends it, 403 if a change does not repeat the
  ///     token, 429 if the address has failed too often
  public Operator authorize(Call call) {
    if (token.matches(call)) {
      return Operator.TOKEN_HOLDER;
    }
    var session = sessions.of(call);
    if (session.isEmpty()) {
      countRefusal(call);
      throw OperatorToken.required();
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
  /// @throws ProblemException 429 if the address has failed too often
  public Optional<String> signIn(String offered, Call call) {
    if (!token.matches(offered)) {
      countRefusal(call);
      return Optional.empty();
    }
    return Optional.of(signIn(Operator.TOKEN_HOLDER, call));
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

  private void countRefusal(Call call) {
    refusals.admit(new Caller("", proxies.of(call).client(), ""), call.response());
  }

  /// Records an action before it begins; durable on return.
  public void audit(Operator operator, Call call, String action, String target) {
    audit.record(operator, proxies.of(call).client(), action, target);
  }
}
