package dev.backlane.gateway.dashboard;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.OperatorCookies;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.operator.SealedCookie;
import dev.backlane.gateway.operator.Session;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator's pages, `/ui`: off where no operator can sign in; then its paths are the upstream's. Thread-safe.
public final class Dashboard {
  private static final Logger LOG = LoggerFactory.getLogger(Dashboard.class);

  private static final String ROOT = "/ui";
  private static final byte[] BEGUN = "sign-in".getBytes(US_ASCII);
  private static final Duration SIGN_IN_MAX = Duration.ofMinutes(10);
  private static final int FAILED_SHOWN = 50;

  private final OperatorAuthorizer gate;
  private final SignIn signIn;
  private final Shown shown;
  private final SlowClients slowClients;
  private final SealedCookie<OpenIdConnect.Begun> begun;
  private final byte[] style;

  /// How operators sign in.
  ///
  /// @param byToken whether `admin.token` is a way in
  /// @param provider empty: OpenID Connect is none
  /// @param seal closes the cookie of a sign-in that has begun
  /// @param secure whether browsers reach the gateway by HTTPS
  public record SignIn(
      boolean byToken, Optional<OpenIdConnect> provider, Seal seal, boolean secure) {}

  /// What the pages show.
  ///
  /// @param numbers of operations and deliveries, by what they count
  /// @param deliverer makes deliveries anew
  public record Shown(
      Supplier<Map<String, Long>> numbers,
      Subscriptions subscriptions,
      DeliveryStore deliveries,
      DeliveryDispatcher deliverer) {}

  /// @param gate lets operators in, and notes what they do
  /// @param slowClients bounds how long a form is waited for
  public Dashboard(OperatorAuthorizer gate, SignIn signIn, Shown shown, SlowClients slowClients) {
    this.gate = gate;
    this.signIn = signIn;
    this.shown = shown;
    this.slowClients = slowClients;
    this.begun =
        new SealedCookie<>(
            signIn.seal(),
            BEGUN,
            OpenIdConnect.Begun.class,
            OperatorCookies.SIGN_IN,
            signIn.secure());
    this.style = resource("style.css");
  }

  private static byte[] resource(String name) {
    try (InputStream in = Dashboard.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("it is not there");
      }
      return in.readAllBytes();
    } catch (IOException broken) {
      throw new UncheckedIOException(name + " is missing from this build", broken);
    }
  }

  /// Tells whether a raw path belongs to the pages.
  public boolean owns(String rawPath) {
    return gate.open() && (rawPath.equals(ROOT) || rawPath.startsWith(ROOT + "/"));
  }

  /// Answers one request that [#owns] is true for.
  ///
  /// @throws ProblemException if it cannot be answered as asked
  public void answer(ServerRequest request, ServerResponse response) {
    protect(response);
    var path = Calls.path(request).substring(ROOT.length());
    switch (path) {
      case "", "/" -> home(request, response);
      case "/style.css" -> {
        Methods.allow(Methods.of(request), "GET, HEAD");
        response.header("Content-Type", "text/css; charset=utf-8");
        response.send(style);
      }
      case "/sign-in" -> signIn(request, response);
      case "/sign-out" -> signOut(request, response);
      case "/oidc" -> begin(request, response);
      case "/oidc/callback" -> end(request, response);
      default -> act(request, response, path.split("/", -1));
    }
  }

  // OWASP's HTTP headers cheat sheet: no script runs, nothing is loaded from elsewhere, nobody
  // frames a page, and nothing of it is kept.
  private static void protect(ServerResponse response) {
    response.header(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    response.header("X-Content-Type-Options", "nosniff");
    response.header("X-Frame-Options", "DENY");
    response.header("Referrer-Policy", "no-referrer");
    response.header("Cross-Origin-Opener-Policy", "same-origin");
    response.header("Cache-Control", "no-store");
  }

  private void home(ServerRequest request, ServerResponse response) {
    Methods.allow(Methods.of(request), "GET, HEAD");
    var session = gate.session(request);
    if (session.isEmpty()) {
      goTo(response, "/ui/sign-in");
      return;
    }
    var failed =
        shown
            .deliveries()
            .list(
                new DeliveryListing(
                    Optional.empty(),
                    OperationId.lowest(Instant.EPOCH),
                    OperationId.lowest(OperationId.TIME_MAX),
                    state -> state instanceof DeliveryState.Failed,
                    FAILED_SHOWN));
    send(
        response,
        Status.OK_200,
        Pages.home(
            session.get(),
            shown.numbers().get(),
            shown.subscriptions().all(),
            failed.deliveries()));
  }

  private void signIn(ServerRequest request, ServerResponse response) {
    Methods.allow(Methods.of(request), "GET, HEAD, POST");
    if (!Methods.of(request).equals("POST")) {
      sendSignIn(response, Status.OK_200, "");
      return;
    }
    refuseOtherSites(request);
    var offered = Query.ofForm(request, response, slowClients).text("token").orElse("");
    var cookie = gate.signIn(offered, request, response);
    if (cookie.isEmpty()) {
      sendSignIn(response, Status.UNAUTHORIZED_401, "That is not the operator's token.");
      return;
    }
    setCookie(response, cookie.get());
    goTo(response, ROOT);
  }

  // A page elsewhere could sign a browser in as somebody else; browsers tell where a form stood
  // (Fetch Metadata).
  private static void refuseOtherSites(ServerRequest request) {
    var site = Calls.first(request, "Sec-Fetch-Site").orElse("none");
    if (!site.equals("same-origin") && !site.equals("none")) {
      throw new ProblemException(
          ProblemType.FORBIDDEN, "This form is sent from its own page only. Open /ui/sign-in.");
    }
  }

  private void signOut(ServerRequest request, ServerResponse response) {
    Methods.allow(Methods.of(request), "POST");
    requireForm(request, response);
    setCookie(response, gate.signOut());
    goTo(response, "/ui/sign-in");
  }

  private Session requireForm(ServerRequest request, ServerResponse response) {
    var session =
        gate.session(request)
            .orElseThrow(() ->
                new ProblemException(
                    ProblemType.UNAUTHORIZED, "The sign-in is over. Open /ui/sign-in."));
    OperatorAuthorizer.requireCsrf(
        session, Query.ofForm(request, response, slowClients).text("csrf"));
    return session;
  }

  private void begin(ServerRequest request, ServerResponse response) {
    Methods.allow(Methods.of(request), "GET");
    var fresh = OpenIdConnect.Begun.fresh();
    try {
      var provider = provider().begin(fresh);
      setCookie(response, begun.keep(fresh, SIGN_IN_MAX));
      goTo(response, provider.toString());
    } catch (IOException away) {
      providerAway(response, away);
    }
  }

  private OpenIdConnect provider() {
    return signIn.provider().orElseThrow(Dashboard::unknown);
  }

  private void providerAway(ServerResponse response, IOException away) {
    LOG.warn("the sign-in provider: {}", away.getMessage(), away);
    sendSignIn(response, Status.BAD_GATEWAY_502, "Your provider does not answer. Try again later.");
  }

  private void end(ServerRequest request, ServerResponse response) {
    Methods.allow(Methods.of(request), "GET");
    var query = Query.of(request);
    var came = begun.of(request).filter(each -> same(each.state(), query.text("state").orElse("")));
    setCookie(response, begun.drop());
    if (came.isEmpty() || query.text("code").isEmpty()) {
      sendSignIn(response, Status.UNAUTHORIZED_401, "The sign-in was not ended. Begin it again.");
      return;
    }
    gate.returning(request, response);
    try {
      var operator = provider().end(query.text("code").get(), came.get());
      if (operator.isEmpty()) {
        sendSignIn(response, Status.FORBIDDEN_403, "You are no operator of this gateway.");
        return;
      }
      setCookie(response, gate.signIn(operator.get(), request));
      goTo(response, ROOT);
    } catch (IOException away) {
      providerAway(response, away);
    }
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(one.getBytes(UTF_8), other.getBytes(UTF_8));
  }

  private void act(ServerRequest request, ServerResponse response, String[] path) {
    if (path.length != 4 || !path[1].equals("deliveries") || !path[3].equals("redeliver")) {
      throw unknown();
    }
    Methods.allow(Methods.of(request), "POST");
    var session = requireForm(request, response);
    var delivery =
        OperationId.parse(path[2])
            .flatMap(shown.deliveries()::find)
            .orElseThrow(Dashboard::unknown);
    gate.note(session.operator(), request, "delivery.redeliver", delivery.id().toString());
    shown.deliverer().redeliver(delivery);
    goTo(response, ROOT);
  }

  private static ProblemException unknown() {
    return new ProblemException(ProblemType.NOT_FOUND, "There is nothing here. Open /ui.");
  }

  private void sendSignIn(ServerResponse response, Status status, String complaint) {
    send(
        response, status, Pages.signIn(signIn.byToken(), signIn.provider().isPresent(), complaint));
  }

  private static void send(ServerResponse response, Status status, Html page) {
    response.status(status);
    response.header("Content-Type", "text/html; charset=utf-8");
    response.send(page.markup().getBytes(UTF_8));
  }

  private static void goTo(ServerResponse response, String location) {
    response.status(Status.SEE_OTHER_303);
    response.header("Location", location);
    response.send();
  }

  private static void setCookie(ServerResponse response, String line) {
    response.headers().add(HeaderNames.SET_COOKIE, line);
  }
}
