package dev.backlane.gateway.dashboard;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.gateway.dashboard.page.Responses;
import dev.backlane.gateway.dashboard.page.Text;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.OperatorCookies;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.operator.SealedCookie;
import dev.backlane.gateway.operator.Session;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.protocol.ProblemType;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signs operators in, by `admin.token` or at their provider, and out. Thread-safe.
public final class SignInPages {
  private static final Logger LOG = LoggerFactory.getLogger(SignInPages.class);

  private static final byte[] COOKIE_PURPOSE = "sign-in".getBytes(US_ASCII);
  private static final Duration SIGN_IN_MAX = Duration.ofMinutes(10);
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int BAD_GATEWAY = 502;

  // A path of the dashboard and its query, in printable ASCII: a browser cannot be sent elsewhere.
  private static final Pattern NEXT = Pattern.compile("/ui(/[\\w./-]*)?(\\?[!-\\[\\]-~]*)?");

  // The cookie of a sign-in has it, and browsers keep cookies up to 4096 bytes.
  private static final int NEXT_CHARS_MAX = 2000;

  private static final String HOME = "/ui";
  private static final String OIDC = "/ui/oidc";

  private final OperatorAuthorizer authorizer;
  private final Responses responses;
  private final BooleanSupplier byToken;
  private final Optional<OpenIdConnect> provider;
  private final SealedCookie<OpenIdConnect.PendingSignIn> pending;

  /// What the form shows.
  ///
  /// @param byToken whether operators can sign in with `admin.token`
  /// @param byProvider whether operators can sign in with OpenID Connect
  /// @param error why the last attempt failed; empty: there was none
  /// @param next the page that is opened after the sign-in
  public record SignIn(boolean byToken, boolean byProvider, String error, String next) {
    /// Where operators sign in at their provider.
    public String providerUrl() {
      return next.equals(HOME) ? OIDC : OIDC + "?next=" + Text.encoded(next);
    }

    /// The same for another user than the one who is signed in at the provider.
    public String otherUserUrl() {
      return OIDC + "?prompt=login&next=" + Text.encoded(next);
    }
  }

  /// The fields of a form, and the sign-in of the operator who sent it.
  record SignedForm(Session session, Query fields) {}

  /// @param byToken whether operators can sign in with `admin.token`, which may change
  /// @param provider empty: operators cannot sign in with OpenID Connect
  /// @param seal seals the cookie of a sign-in that has begun
  /// @param secure whether browsers reach the gateway by HTTPS
  public SignInPages(
      OperatorAuthorizer authorizer,
      Responses responses,
      BooleanSupplier byToken,
      Optional<OpenIdConnect> provider,
      Seal seal,
      boolean secure) {
    this.authorizer = authorizer;
    this.responses = responses;
    this.byToken = byToken;
    this.provider = provider;
    this.pending =
        new SealedCookie<>(
            seal,
            COOKIE_PURPOSE::clone,
            OpenIdConnect.PendingSignIn.class,
            OperatorCookies.SIGN_IN,
            secure);
  }

  /// Shows the form, or signs in the operator who sent it.
  void signIn(Call call) {
    Methods.allow(call, "GET, HEAD, POST");
    if (!call.method().equals("POST")) {
      var next = next(Query.of(call));
      if (authorizer.opensTo(call)) {
        setCookie(call, authorizer.signIn(Operator.LOCAL_USER, call));
        Responses.redirect(call, next);
      } else {
        sendForm(call, OK, "", next);
      }
      return;
    }
    refuseOtherSites(call);
    var fields = Query.ofForm(call);
    var cookie = authorizer.signIn(fields.text("token").orElse(""), call);
    if (cookie.isEmpty()) {
      sendForm(
          call,
          UNAUTHORIZED,
          "That is not the operator's token: the value of admin.token in the configuration.",
          next(fields));
      return;
    }
    setCookie(call, cookie.get());
    Responses.redirect(call, next(fields));
  }

  private static String next(Query query) {
    return query
        .text("next")
        .filter(path -> path.length() <= NEXT_CHARS_MAX && NEXT.matcher(path).matches())
        .orElse(HOME);
  }

  // A page of another site could sign a browser in as another operator; browsers send the site of
  // the form (Fetch Metadata).
  private static void refuseOtherSites(Call call) {
    var site = call.header("Sec-Fetch-Site").orElse("none");
    if (!site.equals("same-origin") && !site.equals("none")) {
      throw new ProblemException(
          ProblemType.FORBIDDEN, "This form is accepted from its own page only. Open /ui/sign-in.");
    }
  }

  void signOut(Call call) {
    Methods.allow(call, "POST");
    var _ = requireForm(authorizer, call);
    setCookie(call, authorizer.signOut());
    Responses.redirect(call, "/ui/sign-in");
  }

  /// The sign-in of an operator who sent a form of these pages.
  ///
  /// @throws ProblemException 401 without a sign-in, 403 if the form does not repeat its token
  static SignedForm requireForm(OperatorAuthorizer authorizer, Call call) {
    var session =
        authorizer
            .session(call)
            .orElseThrow(() ->
                new ProblemException(
                    ProblemType.UNAUTHORIZED, "The sign-in has expired. Open /ui/sign-in."));
    var fields = Query.ofForm(call);
    OperatorAuthorizer.requireCsrf(session, fields.text("csrf"));
    return new SignedForm(session, fields);
  }

  /// Sends the browser to the provider.
  void begin(Call call) {
    Methods.allow(call, "GET");
    var query = Query.of(call);
    var fresh = OpenIdConnect.PendingSignIn.fresh(next(query));
    boolean otherUser = query.text("prompt").filter("login"::equals).isPresent();
    try {
      var location = provider().begin(fresh, otherUser);
      setCookie(call, pending.store(fresh, SIGN_IN_MAX));
      Responses.redirect(call, location.toString());
    } catch (IOException failed) {
      sendProviderFailed(call, failed);
    }
  }

  private OpenIdConnect provider() {
    return provider.orElseThrow(Visit::unknown);
  }

  private void sendProviderFailed(Call call, IOException failed) {
    LOG.warn("sign-in provider failed: {}", failed.getMessage(), failed);
    sendForm(call, BAD_GATEWAY, "Your provider does not respond. Try again later.");
  }

  /// Signs in the operator whom the provider sends back.
  void end(Call call) {
    Methods.allow(call, "GET");
    var query = Query.of(call);
    var started =
        pending.of(call).filter(each -> same(each.state(), query.text("state").orElse("")));
    setCookie(call, pending.remove());
    if (started.isEmpty() || query.text("code").isEmpty()) {
      sendForm(call, UNAUTHORIZED, "The sign-in was not completed. Start again.");
      return;
    }
    authorizer.countReturn(call);
    try {
      var next = started.get().next();
      switch (provider().end(query.text("code").get(), started.get())) {
        case OpenIdConnect.Ending.SignedIn(var operator) -> {
          setCookie(call, authorizer.signIn(operator, call));
          Responses.redirect(call, next);
        }
        case OpenIdConnect.Ending.NoOperator(var user, var why) ->
            sendForm(
                call,
                FORBIDDEN,
                "You are not an operator of this gateway. You signed in as "
                    + user
                    + ", and "
                    + why
                    + ".",
                next);
        case OpenIdConnect.Ending.Unconfirmed _ ->
            sendForm(
                call, FORBIDDEN, "Your provider did not confirm the sign-in. Start again.", next);
      }
    } catch (IOException failed) {
      sendProviderFailed(call, failed);
    }
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(one.getBytes(UTF_8), other.getBytes(UTF_8));
  }

  private void sendForm(Call call, int status, String error) {
    sendForm(call, status, error, HOME);
  }

  private void sendForm(Call call, int status, String error, String next) {
    responses.send(
        call,
        new View(
            "Sign in",
            "sign-in.jte",
            new SignIn(byToken.getAsBoolean(), provider.isPresent(), error, next),
            status));
  }

  private static void setCookie(Call call, String cookie) {
    call.response().add("Set-Cookie", cookie);
  }
}
