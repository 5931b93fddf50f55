package dev.backlane.system.hostile;

import static dev.backlane.system.hostile.HostileInput.authorized;
import static dev.backlane.system.hostile.HostileInput.malformed;
import static dev.backlane.system.hostile.HostileInput.refused;
import static dev.backlane.system.hostile.HostileInput.request;
import static dev.backlane.system.hostile.HostileInput.returned;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/// Hostile values of what Backlane parses: the trigger, other header fields, queries, conditions
/// and ranges.
final class HostileCalls {
  private static final String POST = "POST /call";
  private static final String EMPTY = "Content-Length: 0";
  private static final String TRIGGER = "erp-api-background: none";
  private static final String LIST = "GET /v1/background";
  private static final String STATE = "GET /v1/background/{id}";
  private static final String CONTENT = "GET /v1/background/{id}/content";

  private HostileCalls() {}

  static List<HostileInput> rows() {
    var rows = new ArrayList<HostileInput>();
    rows.addAll(triggers());
    rows.addAll(webhooks());
    rows.addAll(headers());
    rows.addAll(queries());
    rows.addAll(conditions());
    return rows;
  }

  private static List<HostileInput> triggers() {
    var rows = new ArrayList<HostileInput>();
    for (String value :
        List.of(
            "subscription:a=1%0d%0aX: 2",
            "subscription:a=\u00e9",
            "subscription:Host=evil.example",
            "subscription:Content-Length=1",
            "subscription:Transfer-Encoding=chunked",
            "subscription:Authorization=Bearer x",
            "subscription:webhook-id=x",
            "subscription:a:b=1",
            "subscription:=1",
            "subscription:" + "a=1,".repeat(40) + "b=1",
            "subscription:a=" + "x".repeat(9000),
            "http://evil.example/" + "x".repeat(9000),
            "none,none",
            "NONE\u0000")) {
      var shown = value.length() > 60 ? value.substring(0, 60) : value;
      // A header field with a control character is not valid HTTP and is refused as such.
      var type = value.contains("\u0000") ? "invalid-request" : "invalid-background-header";
      rows.add(
          shown.contains("%0d")
              ? refused("trigger: " + shown, begin(value), 422, "no-subscription")
              : refused("trigger: " + shown, begin(value), 400, type));
    }
    for (String value :
        List.of("subscription:a=1\r\n X: 2", "subscription:a=1\rX: 2", "none\nX: 2")) {
      rows.add(malformed("trigger: " + value, begin(value)));
    }
    rows.add(
        refused("trigger: without a token", request(POST, TRIGGER, EMPTY), 401, "unauthorized"));
    return rows;
  }

  private static String begin(String value) {
    return authorized(POST, "erp-api-background: " + value, EMPTY);
  }

  private static List<HostileInput> webhooks() {
    var rows = new ArrayList<HostileInput>();
    for (String host :
        List.of(
            "127.0.0.1",
            "127.1.2.3",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.b.localhost",
            "2130706433",
            "0x7f000001",
            "017700000001",
            "0177.0.0.1",
            "0.0.0.0",
            "0",
            "10.0.0.1",
            "100.64.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fe80::1%25eth0]",
            "[ff02::1]")) {
      rows.add(
          refused(
              "webhook: " + host,
              begin("http://" + host + "/hook"),
              422,
              "webhook-address-forbidden"));
    }
    for (String address :
        List.of(
            "http://127.1/",
            "http://a.example@127.0.0.1/",
            "http://127.0.0.1#@a.example/",
            "http://127.0.0.1\\@a.example/",
            "http://0x7f.0.0.1/",
            "http://a.example:99999/",
            "http:127.0.0.1",
            "http:///127.0.0.1",
            "//127.0.0.1/",
            "gopher://127.0.0.1/",
            "file:///etc/passwd",
            "jar:http://127.0.0.1!/",
            "http://\u00e2\u0093\u00ab.example/")) {
      rows.add(refused("webhook: " + address, begin(address), 400, "invalid-background-header"));
    }
    return rows;
  }

  private static List<HostileInput> headers() {
    var rows = new ArrayList<HostileInput>();
    for (String lines :
        List.of(
            "Idempotency-Key: " + "k".repeat(256),
            "Idempotency-Key:  ",
            "Idempotency-Key: a\r\nIdempotency-Key: b",
            "Idempotency-Key: caf\u00e9")) {
      rows.add(malformed("header: " + shown(lines), authorized(POST, TRIGGER, EMPTY, lines)));
    }
    rows.add(
        refused(
            "header: a reference of 8,000 characters",
            authorized(POST, TRIGGER, EMPTY, "Backlane-Reference: " + "r".repeat(8000)),
            400,
            "invalid-background-header"));
    for (String value :
        List.of(
            "respond-async, wait=-1",
            "respond-async, wait=99999999999999999999",
            "respond-async" + ",a=b".repeat(2000),
            "respond-async; x=\"" + "\\\"".repeat(2000) + "\"")) {
      rows.add(
          HostileInput.of(
              "Prefer: " + shown(value),
              authorized(POST, EMPTY, "Prefer: " + value),
              (response, _) -> assertThat(response).matches("(?s)HTTP/1.1 (202|200) .*")));
    }
    return rows;
  }

  private static List<HostileInput> queries() {
    var rows = new ArrayList<HostileInput>();
    for (String query :
        List.of(
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=99999999999",
            "limit=%00",
            "limit=1&limit=2",
            "limit=1&%6cimit=2",
            "cursor=junk",
            "cursor={\"id\":1}",
            "cursor=" + "9".repeat(10_000),
            "cursor=../../etc/passwd",
            "status=Started'--",
            "phase=%zz",
            "%",
            "receivedAfter=yesterday",
            "receivedBefore=+1000000000000-01-01T00:00:00Z")) {
      rows.add(malformed("list: " + shown(query), authorized(LIST + "?" + query)));
    }
    rows.add(malformed("state: wait=-1", authorized(STATE + "?wait=-1")));
    rows.add(malformed("state: wait=1e9", authorized(STATE + "?wait=1e9")));
    rows.add(malformed("state: wait twice", authorized(STATE + "?wait=1&wait=2")));
    rows.add(
        returned(
            "state: a huge wait for an ended operation",
            authorized(STATE + "?wait=4294967295"),
            200));
    rows.add(
        returned(
            "list: times at the limits of the calendar",
            authorized(
                LIST
                    + "?receivedAfter=-999999999-01-01T00:00:00Z"
                    + "&receivedBefore=%2B999999999-12-31T23:59:59.999Z"),
            200));
    rows.add(
        returned("list: 1,500 unknown parameters", authorized(LIST + "?" + parameters(1500)), 200));
    return rows;
  }

  private static List<HostileInput> conditions() {
    return List.of(
        returned(
            "If-None-Match: 3,000 tags",
            authorized(STATE, "If-None-Match: " + "\"x\",".repeat(3000)),
            200),
        returned("If-None-Match: anything", authorized(STATE, "If-None-Match: *"), 304),
        returned(
            "Range: 3,000 ranges are ignored",
            authorized(CONTENT, "Range: bytes=" + "0-,".repeat(3000) + "0-"),
            200),
        returned("Range: overlapping", authorized(CONTENT, "Range: bytes=0-0,0-0,0-0"), 200),
        returned("Range: backwards", authorized(CONTENT, "Range: bytes=5-1"), 200),
        returned("Range: negative", authorized(CONTENT, "Range: bytes=--1"), 200),
        returned("Range: junk", authorized(CONTENT, "Range: lines=1-2"), 200),
        returned(
            "Range: a suffix longer than the content",
            authorized(CONTENT, "Range: bytes=-99999999999999999"),
            206),
        refused(
            "Range: beyond the end",
            authorized(CONTENT, "Range: bytes=999999999999999999-"),
            416,
            "range-not-satisfiable"),
        refused(
            "Range: the last 0 bytes",
            authorized(CONTENT, "Range: bytes=-0"),
            416,
            "range-not-satisfiable"));
  }

  private static String parameters(int count) {
    var query = new StringBuilder();
    for (int each = 0; each < count; each++) {
      query.append('a').append(each).append("=1&");
    }
    return query.toString();
  }

  private static String shown(String text) {
    return text.length() > 60 ? text.substring(0, 60) : text;
  }
}
