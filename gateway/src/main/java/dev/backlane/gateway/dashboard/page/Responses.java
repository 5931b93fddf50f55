package dev.backlane.gateway.dashboard.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.Map;

/// Renders pages and sends them. Thread-safe.
public final class Responses {
  private static final int SEE_OTHER = 303;

  private final TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);
  private final Assets assets;

  public Responses(Assets assets) {
    this.assets = assets;
  }

  /// The markup of a page.
  public String render(Frame frame, View view) {
    var output = new StringOutput();
    templates.render(view.template(), Map.of("frame", frame, "page", view.model()), output);
    return output.toString();
  }

  /// Sends a page.
  public void send(Call call, Frame frame, View view) {
    call.response().status(view.status()).set("Content-Type", "text/html; charset=utf-8");
    call.respond(render(frame, view).getBytes(UTF_8));
  }

  /// Sends a page that needs no sign-in.
  public void send(Call call, View view) {
    send(call, Frame.without(view.title(), assets), view);
  }

  /// Sends the browser to another page.
  ///
  /// @param location path and query, or an absolute URL
  public static void redirect(Call call, String location) {
    call.response().status(SEE_OTHER).set("Location", location);
    call.respond();
  }

  /// Sends a problem as a page to a browser, and as a problem document to any other client.
  public void send(Call call, Frame frame, ProblemException fault) {
    if (!wantsPage(call)) {
      Problems.send(call, fault);
      return;
    }
    fault.headers().forEach(header -> call.response().set(header.name(), header.value()));
    var problem = fault.problem();
    send(
        call,
        frame,
        new View(problem.type().title(), "problem.jte", problem, problem.type().status()));
  }

  /// Sends a fault of the store: to a browser a page, which loads itself again if the store is
  /// unavailable, and to any other client a problem document.
  public void send(Call call, Frame frame, StoreException fault) {
    var problem = Problems.of(fault);
    if (!wantsPage(call) || fault instanceof StoreException.Refused) {
      send(call, frame, problem);
      return;
    }
    problem.headers().forEach(header -> call.response().set(header.name(), header.value()));
    call.response().set("Refresh", Integer.toString(Problems.OVERLOADED_RETRY_SECONDS));
    send(
        call,
        frame,
        new View(
            "The store is unavailable",
            "away.jte",
            String.valueOf(fault.getMessage()),
            problem.problem().type().status()));
  }

  /// Whether the client is a browser that loads a page or a part of one.
  private static boolean wantsPage(Call call) {
    return call.values("Accept").stream().anyMatch(field -> field.contains("text/html"))
        || call.header("HX-Request").isPresent();
  }
}
