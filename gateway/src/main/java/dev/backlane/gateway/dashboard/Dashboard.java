package dev.backlane.gateway.dashboard;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.dashboard.live.LiveStreams;
import dev.backlane.gateway.dashboard.page.Assets;
import dev.backlane.gateway.dashboard.page.Form;
import dev.backlane.gateway.dashboard.page.Frame;
import dev.backlane.gateway.dashboard.page.Notice;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.Responses;
import dev.backlane.gateway.dashboard.page.Text;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.http.ResponseHead;
import dev.backlane.gateway.http.StoredBody;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.operator.Session;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Optional;

/// The operator's pages, `/ui`: off if no operator can sign in; then its paths are the upstream's.
/// Thread-safe.
///
/// ```text
/// /ui/assets/…                 ─▶ Assets, for every client
/// /ui/sign-in, -out, /ui/oidc… ─▶ SignInPages
/// /ui/live?page=…              ─▶ LiveStreams ─▶ the page's view, again and again
/// /ui, /ui/<entry>/…           ─▶ Page: a view (GET), a form (POST)
/// ```
public final class Dashboard implements CallHandler {
  private static final String ROOT = "/ui";

  private final OperatorAuthorizer authorizer;
  private final SignInPages signIn;
  private final Responses responses;
  private final Assets assets;
  private final LiveStreams streams;
  private final List<Section> sections;
  private final List<Frame.Entry> entries;

  /// One entry of the navigation.
  ///
  /// @param path such as `/ui/nodes`
  /// @param live whether its pages change by themselves
  public record Section(String path, String label, Page page, boolean live) {}

  /// @param responses renders and sends the pages
  /// @param assets the static files of the pages
  /// @param sections in the order of the navigation; the first one is `/ui`
  public Dashboard(
      OperatorAuthorizer authorizer,
      SignInPages signIn,
      Responses responses,
      Assets assets,
      LiveStreams streams,
      List<Section> sections) {
    this.authorizer = authorizer;
    this.signIn = signIn;
    this.responses = responses;
    this.assets = assets;
    this.streams = streams;
    this.sections = List.copyOf(sections);
    this.entries =
        sections.stream().map(each -> new Frame.Entry(each.path(), each.label())).toList();
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
    if (assets.owns(call.path())) {
      assets.send(call);
      return;
    }
    var session = authorizer.session(call);
    try {
      switch (call.path().substring(ROOT.length())) {
        case "/sign-in" -> signIn.signIn(call);
        case "/sign-out" -> signIn.signOut(call);
        case "/oidc" -> signIn.begin(call);
        case "/oidc/callback" -> signIn.end(call);
        case "/live" -> sendLive(call, session);
        default -> handlePage(call, session);
      }
    } catch (ProblemException fault) {
      refuse(call, frame("Error", session, ""), fault);
    } catch (StoreException fault) {
      if (call.responded()) {
        throw fault;
      }
      responses.send(call, frame("The store is unavailable", session, ""), fault);
    }
  }

  private void refuse(Call call, Frame frame, ProblemException fault) {
    if (call.responded()) {
      throw fault;
    }
    responses.send(call, frame, fault);
  }

  // OWASP's HTTP headers cheat sheet: only scripts and styles of this host are loaded, none is
  // inline, no site frames a page, and no cache stores one. Files with a digest in their URL
  // replace the last field.
  private static void protect(ResponseHead response) {
    response
        .set(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                + " form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
        .set("X-Content-Type-Options", "nosniff")
        .set("X-Frame-Options", "DENY")
        .set("Referrer-Policy", "no-referrer")
        .set("Cross-Origin-Opener-Policy", "same-origin")
        .set("Cache-Control", "no-store");
  }

  private void handlePage(Call call, Optional<Session> session) {
    var section = sectionOf(call.path()).orElseThrow(Visit::unknown);
    if (session.isEmpty() && !call.method().equals("POST")) {
      Methods.allow(call, "GET, HEAD, POST");
      Responses.redirect(call, "/ui/sign-in" + next(call));
      return;
    }
    if (call.method().equals("POST")) {
      act(call, section);
      return;
    }
    var visit = visit(section, call.path(), Query.of(call), session.orElseThrow());
    Methods.allow(call, section.page().acts(visit) ? "POST" : "GET, HEAD");
    var download = section.page().download(visit);
    if (download.isPresent()) {
      send(call, download.get());
      return;
    }
    var view = section.page().view(visit);
    var here = call.path() + (call.query().isEmpty() ? "" : "?" + call.query());
    responses.send(
        call,
        frame(view.title(), session, section.path())
            .liveAt(section.live() ? Optional.of(here) : Optional.empty())
            .with(visit.query().text("notice").flatMap(Notice::named)),
        view);
  }

  // Whatever it is, the browser saves it and does not show it as a page of this host.
  private static void send(Call call, Page.Download download) {
    call.response()
        .set("Content-Type", "application/octet-stream")
        .set("Content-Disposition", "attachment; filename=\"" + download.name() + "\"");
    StoredBody.send(call, Optional.of(download.content()));
  }

  private static String next(Call call) {
    var here = call.target();
    return here.equals(ROOT) || here.equals(ROOT + "/") ? "" : "?next=" + Text.encoded(here);
  }

  private Optional<Section> sectionOf(String path) {
    if (path.equals(ROOT) || path.equals(ROOT + "/")) {
      return Optional.of(sections.getFirst());
    }
    return sections.stream()
        .skip(1)
        .filter(each -> path.equals(each.path()) || path.startsWith(each.path() + "/"))
        .findFirst();
  }

  private static Visit visit(Section section, String path, Query query, Session session) {
    var rest =
        path.length() > section.path().length() ? path.substring(section.path().length()) : "";
    var parts = List.of(rest.split("/", -1));
    return new Visit(
        session.operator(), parts.subList(1, parts.size()), query, session.csrfToken());
  }

  private void act(Call call, Section section) {
    var form = SignInPages.requireForm(authorizer, call);
    var _ = OperatorAuthorizer.requireOperate(form.session().operator());
    var visit = visit(section, call.path(), Query.of(call), form.session());
    if (!section.page().acts(visit)) {
      Methods.allow(call, "GET, HEAD");
    }
    switch (section.page().act(new Form(authorizer, call, visit, form.fields()))) {
      case Page.Redirect(var location) -> Responses.redirect(call, location);
      case Page.Shown(var view) ->
          responses.send(
              call, frame(view.title(), Optional.of(form.session()), section.path()), view);
    }
  }

  private void sendLive(Call call, Optional<Session> session) {
    Methods.allow(call, "GET");
    var present =
        session.orElseThrow(() ->
            new ProblemException(
                ProblemType.UNAUTHORIZED, "The sign-in has expired. Open /ui/sign-in."));
    var page = Query.of(call).text("page").orElse(ROOT);
    int end = page.indexOf('?');
    var path = end < 0 ? page : page.substring(0, end);
    var section = sectionOf(path).filter(Section::live).orElseThrow(Visit::unknown);
    var visit = visit(section, path, Query.parse(end < 0 ? "" : page.substring(end + 1)), present);
    streams.stream(
        call, () -> content(section, visit, present), () -> authorizer.session(call).isPresent());
  }

  private String content(Section section, Visit visit, Session session) {
    var view = section.page().view(visit);
    return responses.render(
        frame(view.title(), Optional.of(session), section.path()).forContent(), view);
  }

  private Frame frame(String title, Optional<Session> session, String here) {
    return session
        .map(present ->
            new Frame(
                title,
                entries,
                here,
                Optional.empty(),
                Optional.of(present.operator()),
                present.csrfToken(),
                Optional.empty(),
                false,
                assets))
        .orElseGet(() -> Frame.without(title, assets));
  }
}
