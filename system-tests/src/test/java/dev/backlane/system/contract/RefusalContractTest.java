package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 2.1: calls that are refused with a problem document. Nothing is stored and nothing is
/// sent upstream. The caller of these tests starts no other operation.
@Timeout(60)
final class RefusalContractTest {
  private static final String PATH = "/refused";

  @RegisterExtension
  static final TestGateway gateway = TestGateway.with("limits: { request-body-max: 64KiB }\n");

  private final Http caller = gateway.http("refused-client", TestGateway.TENANT, "refused-user");

  @Nested
  final class Malformed {
    @ParameterizedTest
    @MethodSource("dev.backlane.system.contract.RefusalContractTest#malformed")
    @DisplayName("a malformed trigger gets 400, and nothing is stored")
    void refusesMalformedTrigger(String value) throws Exception {
      caller
          .post(PATH, "{}", "erp-api-background", value)
          .assertProblem(400, "invalid-background-header");
      assertNothingStored();
    }

    @ParameterizedTest(name = "''{0}''")
    @ValueSource(
        strings = {
          "erp-api-background: none\r\nerp-api-background: none\r\n",
          "erp-api-background:\r\n",
          "erp-api-background: http://caf\u00e9.example/\r\n"
        })
    @DisplayName("a repeated, empty or non-ASCII trigger gets 400, and nothing is stored")
    void refusesMalformedHeaderField(String fields) throws Exception {
      refusesRaw(fields);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forbidden")
  @DisplayName("a forbidden webhook address gets 422, and nothing is stored")
  void refusesForbiddenAddress(String url) throws Exception {
    caller
        .post(PATH, "{}", "erp-api-background", url)
        .assertProblem(422, "webhook-address-forbidden");
    assertNothingStored();
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
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
            "http://example.com/" + "x".repeat(8 * 1024))
        .map(value -> Arguments.argumentSet("'" + shortened(value) + "'", value));
  }

  static List<String> forbidden() {
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

  @Nested
  final class Others {
    @Test
    @DisplayName(
        "`subscription` without a registered subscription gets 422 no-subscription, and nothing is stored")
    void refusesMissingSubscription() throws Exception {
      for (String value : List.of("subscription", "subscription:a=1")) {
        caller.post(PATH, "{}", "erp-api-background", value).assertProblem(422, "no-subscription");
      }
      assertNothingStored();
    }

    @Test
    @DisplayName("a declared length over limits.request-body-max gets 413, and nothing is stored")
    void refusesDeclaredLengthOverMax() throws Exception {
      var response = caller.post(PATH, "x".repeat(64 * 1024 + 1), "erp-api-background", "none");
      response.assertProblem(413, "payload-too-large");
      // A connection closed with unread bytes is reset, and the client may lose the response.
      assertThat(response.header("Connection")).as("the connection stays open").isEmpty();
      assertNothingStored();
    }

    @Test
    @DisplayName("a declared length over limits.request-body-max gets 413 before the body is sent")
    void refusesLengthBeforeBodyIsSent() throws Exception {
      var response = rawPost("Content-Length: 99999999\r\n", "");
      assertThat(response).startsWith("HTTP/1.1 413 ").contains("payload-too-large");
      assertNothingStored();
    }

    @Test
    @DisplayName("a chunked body over limits.request-body-max gets 413, and nothing is stored")
    void refusesChunksOverMax() throws Exception {
      var chunk = "8000\r\n" + "x".repeat(0x8000) + "\r\n";
      var response =
          rawPost("Transfer-Encoding: chunked\r\n", chunk + chunk + "1\r\nx\r\n0\r\n\r\n");
      assertThat(response).startsWith("HTTP/1.1 413 ").contains("payload-too-large");
      assertNothingStored();
    }

    @Test
    @DisplayName("a body of exactly limits.request-body-max is accepted")
    void acceptsBodyOfExactlyMax() throws Exception {
      var http = gateway.http();
      var id = http.beginWith("POST", "/largest", "x".repeat(64 * 1024));
      http.awaitEnd(id);
      assertThat(gateway.api().received("/largest").getFirst().body()).hasSize(64 * 1024);
    }

    @Test
    @DisplayName("a call without a token gets 401 with WWW-Authenticate, and nothing is stored")
    void refusesMissingToken() throws Exception {
      var response = caller.as("").post(PATH, "{}", "erp-api-background", "none");
      response.assertProblem(401, "unauthorized");
      assertThat(response.header("WWW-Authenticate")).startsWith("Bearer");
      assertNothingStored();
    }
  }

  private void refusesRaw(String trigger) throws Exception {
    var response = rawPost(trigger + "Content-Length: 0\r\n", "");
    assertThat(response)
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
    assertThat(gateway.api().received(PATH)).isEmpty();
  }

  private static String shortened(String value) {
    return value.length() <= 60 ? value : value.substring(0, 60) + "… (" + value.length() + ")";
  }
}
