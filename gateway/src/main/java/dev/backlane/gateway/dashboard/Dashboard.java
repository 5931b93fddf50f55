package dev.backlane.gateway.dashboard;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.ResponseHead;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The operator's pages, `/ui`: off if no operator can sign in; then its paths are the upstream's.
/// Thread-safe.
public final class Dashboard implements CallHandler {
  private static final String ROOT = "/ui";

  private final OperatorAuthorizer authorizer;
  private final SignInPages signIn;
  private final OverviewPage overview;
  private final byte[] style;

  public Dashboard(OperatorAuthorizer authorizer, SignInPages signIn, OverviewPage overview) {
    this.authorizer = authorizer;
    this.signIn = signIn;
    this.overview = overview;
    this.style = resource("style.css");
  }

  private static byte[] resource(String name) {
    try (InputStream in = Dashboard.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no such resource");
      }
      return in.readAllBytes();
    } catch (IOException missing) {
      throw new UncheckedIOException(name + " is missing from this build", missing);
    }
  }

  /// Whether a raw path belongs to the pages.
  public boolean owns(String rawPath) {
    return authorizer.enabled() && (rawPath.equals(ROOT) || rawPath.startsWith(ROOT + "/"));
  }

  /// Responds to a call whose path the dashboard [#owns].
  ///
  /// @throws ProblemException if the call is refused
  @Override
  public void handle(Call call) {
    protect(call.response());
    var path = call.path().substring(ROOT.length());
    switch (path) {
      case "", "/" -> overview.show(call);
      case "/style.css" -> {
        Methods.allow(call, "GET, HEAD");
        call.response().set("Content-Type", "text/css; charset=utf-8");
        call.respond(style);
      }
      case "/sign-in" -> signIn.signIn(call);
      case "/sign-out" -> signIn.signOut(call);
      case "/oidc" -> signIn.begin(call);
      case "/oidc/callback" -> signIn.end(call);
      default -> overview.act(call, path.split("/", -1));
    }
  }

  // OWASP's HTTP headers cheat sheet: no script runs, nothing is loaded from other sites, no site
  // frames a page, and no cache stores one.
  private static void protect(ResponseHead response) {
    response
        .set(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
        .set("X-Content-Type-Options", "nosniff")
        .set("X-Frame-Options", "DENY")
        .set("Referrer-Policy", "no-referrer")
        .set("Cross-Origin-Opener-Policy", "same-origin")
        .set("Cache-Control", "no-store");
  }

  static ProblemException unknown() {
    return new ProblemException(ProblemType.NOT_FOUND, "There is no such page. Open /ui.");
  }
}
