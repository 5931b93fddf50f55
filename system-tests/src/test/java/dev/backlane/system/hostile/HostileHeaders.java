package dev.backlane.system.hostile;

import static dev.backlane.system.hostile.HostileInput.malformed;
import static dev.backlane.system.hostile.HostileInput.passed;
import static dev.backlane.system.hostile.HostileInput.refused;
import static dev.backlane.system.hostile.HostileInput.request;

import java.util.ArrayList;
import java.util.List;

/// Hostile request lines and header fields, and bytes that are not HTTP/1.1.
final class HostileHeaders {
  private HostileHeaders() {}

  static List<HostileInput> rows() {
    var rows = new ArrayList<HostileInput>();
    rows.addAll(otherProtocols());
    rows.addAll(lines());
    rows.addAll(targets());
    rows.addAll(methods());
    rows.addAll(bombs());
    return rows;
  }

  private static List<HostileInput> otherProtocols() {
    return List.of(
        otherVersion("HTTP/0.9", "GET /old\r\n"),
        passed("HTTP/1.0", "GET /old HTTP/1.0\r\n\r\n", "GET /old"),
        otherVersion("HTTP/1.2", "GET /old HTTP/1.2\r\nHost: a\r\n\r\n"),
        otherVersion("HTTP/11.1", "GET /old HTTP/11.1\r\nHost: a\r\n\r\n"),
        passed("http/1.1", "GET /old http/1.1\r\nHost: a\r\n\r\n", "GET /old"),
        otherVersion("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        malformed(
            "a TLS hello",
            "\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\u00c4\u0003\u0003"
                + "\u0007".repeat(190)),
        malformed("PROXY protocol", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + request("GET /x")),
        passed("an empty line before the request", "\r\n" + request("GET /x"), "GET /x"));
  }

  private static HostileInput otherVersion(String name, String sent) {
    return refused(name, sent, 505, "invalid-request");
  }

  private static HostileInput tooLarge(String name, String sent) {
    return refused(name, sent, 431, "invalid-request");
  }

  private static List<HostileInput> lines() {
    var rows = new ArrayList<HostileInput>();
    for (String line :
        List.of(
            "X: 1\r\n folded",
            "X: 1\r\n\tfolded",
            "X: a\nY: b",
            "X: a\rY: b",
            "X: a\u0000b",
            "X: a\u0001b",
            "X: a\u007fb",
            "X\u0000: a",
            "X Y: a",
            "X(: a",
            "X",
            ": a",
            "\u00e9: a",
            "Host: other.example",
            "Content-Type: a\u0000")) {
      rows.add(malformed("header field: " + line, request("GET /line", line)));
    }
    for (String line : List.of("X: caf\u00e9", "X: a\r\nX: caf\u00c3\u00a9")) {
      rows.add(
          passed(
              "header field, forwarded byte for byte: " + line,
              request("GET /line", line),
              "GET /line",
              line.split("\r\n", -1)));
    }
    for (String host :
        List.of("", "Host:\r\n", "Host: a b\r\n", "Host: a:x\r\n", "Host: a@b\r\n")) {
      rows.add(malformed("host: " + host, "GET /host HTTP/1.1\r\n" + host + "\r\n"));
    }
    rows.add(malformed("bare LF throughout", "GET /line HTTP/1.1\nHost: a\n\n"));
    rows.add(
        passed(
            "Connection cannot remove fields of the gateway",
            request("GET /line", "Connection: Host, X-Forwarded-For, Forwarded"),
            "GET /line",
            "X-Forwarded-For: 127.0.0.1"));
    return rows;
  }

  private static List<HostileInput> targets() {
    var rows = new ArrayList<HostileInput>();
    for (String target :
        List.of(
            "/a\u0000b",
            "/a\u0001b",
            "/a\tb",
            "/a\u007fb",
            "/caf\u00e9/x",
            "/a?q=\u00e9",
            "/a\nb",
            "/a\rb")) {
      rows.add(malformed("target: " + target, request("GET " + target)));
    }
    rows.add(otherVersion("target: missing", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"));
    rows.add(malformed("target: two", request("GET /a /b")));
    rows.add(malformed("tabs instead of spaces", "GET\t/x\tHTTP/1.1\r\nHost: a\r\n\r\n"));
    return rows;
  }

  private static List<HostileInput> methods() {
    return List.of(
        malformed("method: bytes outside ASCII", request("G\u00c9T /method")),
        malformed("method: missing", request(" /method")),
        malformed("method: not a token", request("G@T /method")),
        malformed("method: a quote", request("\"GET\" /method")),
        refused("CONNECT", request("CONNECT evil.example:443"), 405, "method-not-allowed"),
        refused(
            "CONNECT, in the background",
            HostileInput.authorized("CONNECT evil.example:443", "erp-api-background: none"),
            403,
            "forbidden"),
        refused(
            "TRACE, in the background",
            HostileInput.authorized("TRACE /method", "erp-api-background: none"),
            403,
            "forbidden"),
        passed("TRACE, proxied", request("TRACE /method"), "TRACE /method"),
        passed("PRI, proxied", request("PRI /method"), "PRI /method"),
        passed(
            "a method of 4,000 letters, proxied",
            request("M".repeat(4000) + " /method"),
            "M".repeat(4000) + " /method"),
        passed(
            "Upgrade: h2c is not forwarded",
            request(
                "GET /method",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABk"),
            "GET /method"),
        passed(
            "Upgrade: websocket is not forwarded",
            request("GET /method", "Connection: Upgrade", "Upgrade: websocket"),
            "GET /method"),
        refused(
            "Expect: junk, proxied",
            request("POST /method", "Expect: junk", "Content-Length: 1") + "a",
            417,
            "invalid-request"));
  }

  private static List<HostileInput> bombs() {
    return List.of(
        tooLarge("10,000 header fields", request("GET /bomb", "X: 1\r\n".repeat(10_000) + "X: 1")),
        tooLarge("a header field of 1 MiB", request("GET /bomb", "X: " + "a".repeat(1024 * 1024))),
        tooLarge("a header name of 100 KiB", request("GET /bomb", "X".repeat(100 * 1024) + ": 1")),
        refused(
            "a request line of 20 KiB",
            request("GET /" + "a".repeat(20 * 1024)),
            414,
            "invalid-request"),
        tooLarge("a request line of 1 MiB without an end", "G".repeat(1024 * 1024)),
        passed(
            "a query of 15 KiB is forwarded",
            request("GET /bomb?" + "q".repeat(15 * 1024)),
            "GET /bomb?" + "q".repeat(15 * 1024)));
  }
}
