package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// CONTRACT 2.1: calls that are refused with a problem document, of which nothing is stored and nothing sent. Their caller has
/// started nothing else.
final class RefusalStatements {
  private static final String PATH = "/refused";

  private final TestGateway stand;
  private final Http caller;

  RefusalStatements(TestGateway stand) {
    this.stand = stand;
    this.caller = stand.http("refused-client", TestGateway.TENANT, "refused-user");
  }

  List<Statement> rows() {
    var rows = new ArrayList<Statement>();
    for (String value : malformed()) {
      rows.add(
          new Statement(
              "malformed: 400, and nothing is stored: '" + shortened(value) + "'",
              () -> {
                caller
                    .post(PATH, "{}", "erp-api-background", value)
                    .assertProblem(400, "invalid-background-header");
                assertNothingStored();
              }));
    }
    for (String head :
        List.of(
            "erp-api-background: none\r\nerp-api-background: none\r\n",
            "erp-api-background:\r\n",
            "erp-api-background: http://caf\u00e9.example/\r\n")) {
      rows.add(
          new Statement(
              "malformed: 400, and nothing is stored: " + head.strip().replace("\r\n", " twice "),
              () -> refusesRaw(head)));
    }
    for (String url : forbidden()) {
      rows.add(
          new Statement(
              "a webhook address that may not be notified: 422, and nothing is stored: " + url,
              () -> {
                caller
                    .post(PATH, "{}", "erp-api-background", url)
                    .assertProblem(422, "webhook-address-forbidden");
                assertNothingStored();
              }));
    }
    rows.addAll(others());
    return rows;
  }

  private static List<String> malformed() {
    return List.of(
        "yes",
        "none none",
        "none:",
        "/done",
        "example.com/done",
        "ftp://example.com/done",
        "file:///etc/passwd",
        "mailto:a@example.com",
        "http:",
        "http:///done",
        "http://user:password@example.com/done",
        "http://example.com/done#part",
        "http://example.com:0/done",
        "http://example.com:65536/done",
        "http://example.com/a b",
        "http://127.1/done",
        "http://a.example,http://b.example",
        "subscription:",
        "subscription:name",
        "subscription:=value",
        "subscription:a=1,",
        "subscription:a=1,A=2",
        "subscription:a b=1",
        "subscription:Host=x",
        "subscription:Connection=close",
        "subscription:Content-Type=x",
        "subscription:webhook-signature=x",
        "subscription:x-signature=x",
        "subscription:Authorization=x",
        "subscription:Cookie=x",
        "subscription:reference=" + "x".repeat(256),
        IntStream.range(0, 33)
            .mapToObj(i -> "n" + i + "=1")
            .collect(Collectors.joining(",", "subscription:", "")),
        "http://example.com/" + "x".repeat(8 * 1024));
  }

  private static List<String> forbidden() {
    return List.of(
        "http://127.0.0.1/done",
        "http://127.9.9.9:8080/done",
        "http://localhost/done",
        "http://localhost./done",
        "http://a.localhost/done",
        "http://[::1]/done",
        "http://[::ffff:127.0.0.1]/done",
        "http://0.0.0.0/done",
        "http://10.0.0.1/done",
        "http://172.16.0.1/done",
        "https://192.168.1.1/done",
        "http://[fd00::1]/done",
        "http://[fe80::1]/done",
        "http://169.254.169.254/latest/meta-data",
        "http://224.0.0.1/done",
        "http://2130706433/done",
        "http://0x7f000001/done");
  }

  private List<Statement> others() {
    return List.of(
        new Statement(
            "subscription without one: 422 no-subscription, and nothing is stored",
            () -> {
              for (String value : List.of("subscription", "subscription:a=1")) {
                caller
                    .post(PATH, "{}", "erp-api-background", value)
                    .assertProblem(422, "no-subscription");
              }
              assertNothingStored();
            }),
        new Statement(
            "a body over limits.request-body-max: 413 by its declared length, and nothing is stored",
            () -> {
              var answer =
                  caller.post(PATH, "x".repeat(64 * 1024 + 1), "erp-api-background", "none");
              answer.assertProblem(413, "payload-too-large");
              // Closed with bytes unread it would be reset, and the client would lose the answer
              // now and then.
              assertThat(answer.header("Connection")).as("the connection goes on").isEmpty();
              assertNothingStored();
            }),
        new Statement(
            "a body over limits.request-body-max: 413 before it was sent",
            () -> {
              var answer = rawPost("Content-Length: 99999999\r\n", "");
              assertThat(answer).startsWith("HTTP/1.1 413 ").contains("payload-too-large");
              assertNothingStored();
            }),
        new Statement(
            "a body over limits.request-body-max: 413 in chunks, and nothing is stored",
            () -> {
              var chunk = "8000\r\n" + "x".repeat(0x8000) + "\r\n";
              var answer =
                  rawPost("Transfer-Encoding: chunked\r\n", chunk + chunk + "1\r\nx\r\n0\r\n\r\n");
              assertThat(answer).startsWith("HTTP/1.1 413 ").contains("payload-too-large");
              assertNothingStored();
            }),
        new Statement(
            "a body of exactly limits.request-body-max is accepted",
            () -> {
              var http = stand.http();
              var id = http.beginWith("POST", "/largest", "x".repeat(64 * 1024));
              http.awaitEnd(id);
              assertThat(stand.api().received("/largest").getFirst().body()).hasSize(64 * 1024);
            }),
        new Statement(
            "without a token: 401 with WWW-Authenticate, and nothing is stored",
            () -> {
              var answer = caller.as("").post(PATH, "{}", "erp-api-background", "none");
              answer.assertProblem(401, "unauthorized");
              assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
              assertNothingStored();
            }));
  }

  private void refusesRaw(String trigger) throws Exception {
    var answer = rawPost(trigger + "Content-Length: 0\r\n", "");
    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("application/problem+json")
        .contains("invalid-background-header")
        .contains("\"detail\":\"");
    assertNothingStored();
  }

  private String rawPost(String head, String body) throws Exception {
    var trigger = head.contains("erp-api-background") ? "" : "erp-api-background: none\r\n";
    return caller.raw(
        "POST "
            + PATH
            + " HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n"
            + trigger
            + head
            + "\r\n"
            + body);
  }

  private void assertNothingStored() throws Exception {
    assertThat(caller.get("/v1/background").page().items()).isEmpty();
    assertThat(stand.api().received(PATH)).isEmpty();
  }

  private static String shortened(String value) {
    return value.length() <= 60 ? value : value.substring(0, 60) + "… (" + value.length() + ")";
  }
}
