package dev.backlane.app.fuzz;

import java.util.Locale;
import java.util.Random;

/// Requests, most of them changed in a way in which two servers could disagree about their end.
/// Each has a number, and often another request within its content.
final class RequestGenerator {
  private static final String[] METHODS = {
    "GET",
    "POST",
    "PUT",
    "HEAD",
    "OPTIONS",
    "DELETE",
    "PATCH",
    "M-SEARCH",
    "TRACE",
    "CONNECT",
    "get"
  };
  private static final String[] TARGETS = {
    "/f/N",
    "/f/N?q=1&r=%zz",
    "/f/../N",
    "//f/N;x",
    "/f/N#g",
    "http://other:1/f/N",
    "http://other?N",
    "*",
    "/v1/background",
    "/v1/background?limit=1&N",
    "/v1/background/ID",
    "/v1/background/ID?wait=0",
    "/v1/background/ID/content",
    "/v1/background/N",
    "/api/v1/background/ID",
    "/admin/v1/subscriptions",
    "/admin/v1/deliveries?N",
    "/ui",
    "/ui/login",
    "/health/ready",
    "/health/live",
    "/metrics",
    "/openapi.json",
    "/%00/N",
    "/f/{N}|\"<>`"
  };
  private static final String ID = "019ab000-0000-7000-8000-000000000001";
  private static final String[] FIELDS = {
    "Connection: keep-alive",
    "Connection: close",
    "Connection: X-A, Content-Length",
    "Expect: 100-continue",
    "X-A: 1",
    "X-A: \u00e9\u0080",
    "Prefer: respond-async",
    "Prefer: respond-async, wait=1",
    "Prefer: wait=0",
    "Authorization: Bearer x",
    "Authorization: NTLM x",
    "Idempotency-Key: N",
    "If-None-Match: *",
    "Range: bytes=0-0",
    "Upgrade: h2c",
    "Connection: Upgrade\r\nUpgrade: websocket",
    "TE: trailers",
    "Trailer: X-T",
    "Cookie: a=b",
    "Accept: text/json",
    "Content-Type: application/json",
    "X-Forwarded-For: 192.0.2.1",
    "Keep-Alive: timeout=1",
    "Transfer_Encoding: chunked"
  };
  private static final String[] TRIGGERS = {
    "none",
    "none",
    "none",
    "subscription",
    "subscription:a=b",
    "https://receiver.example/",
    "bogus",
    ""
  };
  private static final String[] LENGTHS = {
    "0",
    "1",
    "00001",
    "+1",
    "-1",
    "0x1",
    "1 1",
    "1,1",
    "1, 1",
    "",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551617",
    "1e1",
    "1.0",
    "\u00b2",
    "1\u000b",
    "\"1\"",
    "1;"
  };
  private static final String[] CODINGS = {
    "chunked", "Chunked", "CHUNKED", "chunked, chunked", "gzip, chunked", "chunked, gzip",
        "identity",
    "identity, chunked", "\"chunked\"", "chunked;q=1", "xchunked", "\u000bchunked", "chunked\u000b",
        "chun\0ked",
    "", ",chunked", "chunked,", "chunked\r\nTransfer-Encoding: chunked", "chunked\r\n ", "chunked\t"
  };
  private static final String[] SIZES = {
    "SIZE ",
    "SIZE\t",
    " SIZE",
    "0SIZE",
    "0000000000000000000000SIZE",
    "0xSIZE",
    "+SIZE",
    "-SIZE",
    "SIZE;a",
    "SIZE;a=b",
    "SIZE ;a=\"b;c\"",
    "SIZE;a\nb",
    "SIZE;a\rb",
    "SIZE;a\0b",
    "SIZE;\u007f",
    "SIZE;\u00e9",
    "SIZE;",
    "SIZE\u000b",
    "SIZE\u001c",
    "SIZE,",
    "SIZE\n",
    "1SIZE",
    "",
    "g",
    "FFFFFFFFFFFFFFFF",
    "10000000000000000SIZE",
    "7fffffff",
    "7fffffffffffffff",
    "80000000",
    "SIZE\r",
    "SIZE;a=\"b\r\nc\"",
    "SIZE\0",
    "SIZE#",
    "SIZE\u0080"
  };
  private static final String[] VERSIONS = {
    "HTTP/1.0",
    "HTTP/1.0",
    "HTTP/1.1 ",
    " HTTP/1.1",
    "HTTP/1.2",
    "HTTP/2.0",
    "HTTP/1.10",
    "http/1.1",
    "HTTP/0.9",
    "HTTP/1",
    "HTTP/11",
    "HTTP/1.1\t",
    "",
    "HTTP /1.1"
  };
  private static final String[] TRAILERS = {
    "",
    "X-T: 1\r\n",
    "X-T: 1\r\nX-U: \u00e9\r\n",
    "X-T : 1\r\n",
    " X-T: 1\r\n",
    "X-T\r\n",
    "X-T: 1\n",
    ": 1\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "X-T: 1\r\n 2\r\n",
    "X-T: \0\r\n",
    "\n",
    "\r"
  };

  private final int number;
  private final Random random;
  private final Mutations mutations;

  RequestGenerator(long seed, int number) {
    this.number = number;
    this.random = new Random(seed + number);
    this.mutations = new Mutations(random);
  }

  /// Whether this is one of the requests that are not changed.
  boolean plain() {
    return number % 10 == 0;
  }

  String bytes() {
    if (plain()) {
      return message(METHODS[random.nextInt(8)], "/f/N", "HTTP/1.1", true);
    }
    var message = message(mutations.one(METHODS), mutations.one(TARGETS), version(), false);
    for (int more = random.nextInt(3); more > 0; more--) {
      message = changed(message);
    }
    return random.nextInt(8) == 0
        ? message + message("POST", "/f/N/second", "HTTP/1.1", true)
        : message;
  }

  private String version() {
    return random.nextInt(10) == 0 ? mutations.one(VERSIONS) : "HTTP/1.1";
  }

  private String changed(String message) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> mutations.bytes(message);
      case 2, 3, 4 -> mutations.lines(message);
      case 5 -> mutations.lineEnds(message);
      case 6 -> mutations.truncated(message);
      default -> "\r\n".repeat(random.nextInt(3)) + mutations.bytes(message);
    };
  }

  private String message(String method, String target, String version, boolean valid) {
    var head = new StringBuilder(method + " " + target + " " + version + "\r\nHost: a\r\n");
    if (random.nextInt(4) == 0) {
      head.append("erp-api-background: " + (valid ? "none" : mutations.one(TRIGGERS)) + "\r\n");
    }
    for (int more = valid ? 0 : random.nextInt(3); more > 0; more--) {
      head.append(mutations.one(FIELDS)).append("\r\n");
    }
    var content = content();
    return switch (random.nextInt(valid ? 3 : 8)) {
      case 0 -> numbered(head + "\r\n");
      case 1, 3 -> {
        var filled = numbered(content);
        yield numbered(head + "Content-Length: " + filled.length() + "\r\n\r\n") + filled;
      }
      case 2, 4, 5 ->
          numbered(head + "Transfer-Encoding: chunked\r\n\r\n") + chunks(numbered(content), valid);
      case 6 -> numbered(head + "Content-Length: " + mutations.one(LENGTHS) + "\r\n\r\n" + content);
      default -> {
        var filled = numbered(content);
        var framing =
            random.nextBoolean()
                ? "Content-Length: "
                    + filled.length()
                    + "\r\nTransfer-Encoding: "
                    + mutations.one(CODINGS)
                : "Transfer-Encoding: " + mutations.one(CODINGS);
        yield numbered(head + framing + "\r\n\r\n") + chunks(filled, random.nextBoolean());
      }
    };
  }

  private String content() {
    return switch (random.nextInt(4)) {
      case 0 -> "";
      case 1 -> "x".repeat(random.nextInt(300));
      case 2 -> "0\r\n\r\nGET /smuggled/N HTTP/1.1\r\nHost: a\r\n\r\n";
      default -> "GET /smuggled/N HTTP/1.1\r\nHost: a\r\n\r\n";
    };
  }

  private String chunks(String content, boolean valid) {
    var chunks = new StringBuilder();
    int odd = valid ? -1 : random.nextInt(3);
    int each = 0;
    for (int at = 0; at < content.length(); each++) {
      int length = Math.min(content.length() - at, 1 + random.nextInt(40));
      var size = Integer.toHexString(length);
      chunks.append(each == odd ? mutations.one(SIZES).replace("SIZE", size) : size);
      chunks.append("\r\n").append(content, at, at + length);
      at += length;
      chunks.append(!valid && random.nextInt(12) == 0 ? "\n" : "\r\n");
    }
    chunks.append(each <= odd ? mutations.one(SIZES).replace("SIZE", "0") : "0").append("\r\n");
    return chunks.append(valid ? "" : mutations.one(TRAILERS)).append("\r\n").toString();
  }

  private String numbered(String text) {
    return text.replace("ID", ID).replace("N", String.format(Locale.ROOT, "%05d", number));
  }
}
