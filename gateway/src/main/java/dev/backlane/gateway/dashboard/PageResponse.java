package dev.backlane.gateway.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.gateway.http.Call;

/// Sends pages and redirects. Stateless.
final class PageResponse {
  private static final int SEE_OTHER = 303;

  private PageResponse() {}

  static void send(Call call, int status, Html page) {
    call.response().status(status).set("Content-Type", "text/html; charset=utf-8");
    call.respond(page.markup().getBytes(UTF_8));
  }

  static void redirect(Call call, String location) {
    call.response().status(SEE_OTHER).set("Location", location);
    call.respond();
  }
}
