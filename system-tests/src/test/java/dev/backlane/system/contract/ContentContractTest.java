package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 1.3: the stored response.
@Timeout(60)
final class ContentContractTest {
  private static final String UNKNOWN = "f0000000-0000-7000-8000-00000000000a";

  private static TestGateway stand;
  private static TestGateway forgetful;
  private static Http http;

  @BeforeAll
  static void open() {
    stand = TestGateway.open("");
    forgetful = TestGateway.open("retention: 3s\n");
    http = stand.http();
  }

  @AfterAll
  static void close() {
    stand.close();
    forgetful.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    var rows = new ArrayList<Statement>();
    for (int bytes : List.of(1, 4_096, 100_000, 3_000_000)) {
      rows.add(
          new Statement(
              "200 with the response body byte for byte: " + bytes + " bytes",
              () -> keeps(random(bytes), "application/octet-stream")));
    }
    for (String type :
        List.of("text/plain", "application/json; charset=iso-8859-1", "X/Y;z=\"a,b\"")) {
      rows.add(new Statement("200 with its Content-Type: " + type, () -> keeps(random(10), type)));
    }
    rows.addAll(bodies());
    rows.addAll(refusals());
    rows.addAll(retention());
    return Statement.rows(rows);
  }

  private static List<Statement> bodies() {
    return List.of(
        new Statement(
            "a response without a Content-Type gets none",
            () -> {
              stand.api().on("/untyped", RecordingApi.answering(200, "bytes"));
              var answer = http.contentOf(ended("/untyped"));
              assertThat(answer.text()).isEqualTo("bytes");
              assertThat(answer.headers().allValues("Content-Type")).isEmpty();
            }),
        new Statement(
            "a response in chunks is the same bytes, unframed",
            () -> {
              stand
                  .api()
                  .on(
                      "/chunked",
                      (_, client) -> {
                        var out = client.getOutputStream();
                        out.write(bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
                        out.write(bytes("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
                        out.flush();
                      });
              var answer = http.contentOf(ended("/chunked"));
              assertThat(answer.text()).isEqualTo("hello world");
              assertThat(answer.header("Content-Length")).isEqualTo("11");
            }),
        new Statement(
            "the content of an error answer is that answer's body",
            () -> {
              stand
                  .api()
                  .on(
                      "/wrong",
                      RecordingApi.answering(
                          422, "{\"message\":\"no\"}", "Content-Type: application/problem+json"));
              var answer = http.contentOf(ended("/wrong"));
              assertThat(answer.status()).isEqualTo(200);
              assertThat(answer.text()).isEqualTo("{\"message\":\"no\"}");
              assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            }),
        new Statement(
            "it can be read again and again",
            () -> {
              var id = ended("/again");
              assertThat(http.contentOf(id).text()).isEqualTo("{}");
              assertThat(http.contentOf(id).text()).isEqualTo("{}");
            }));
  }

  private static List<Statement> refusals() {
    return List.of(
        new Statement(
            "403 for another tenant",
            () ->
                stand
                    .http(TestGateway.CLIENT, "sorlys", TestGateway.CLIENT)
                    .contentOf(ended("/secret"))
                    .assertProblem(403, "forbidden")),
        new Statement(
            "403 for another client and user of the same tenant",
            () ->
                stand
                    .http("other-client", TestGateway.TENANT, "other-user")
                    .contentOf(ended("/secret"))
                    .assertProblem(403, "forbidden")),
        new Statement(
            "the same user may read it, with whatever client",
            () ->
                assertThat(
                        stand
                            .http("other-client", TestGateway.TENANT, TestGateway.CLIENT)
                            .contentOf(ended("/secret"))
                            .status())
                    .isEqualTo(200)),
        new Statement(
            "401 without a token, with WWW-Authenticate",
            () -> {
              var answer = http.as("").contentOf(ended("/secret"));
              answer.assertProblem(401, "unauthorized");
              assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
            }),
        new Statement(
            "404 while the operation has not ended",
            () -> {
              var gate = new HeldResponse();
              stand.api().on("/pending", gate);
              var id = http.begin("/pending");
              gate.awaitRequest();
              http.contentOf(id).assertProblem(404, "no-content");
              gate.open();
              http.awaitEnd(id);
              assertThat(http.contentOf(id).text()).isEqualTo("late");
            }),
        new Statement(
            "404 where it ended without a body: an empty 200",
            () -> hasNone("/empty", RecordingApi.answering(200, ""))),
        new Statement(
            "404 where it ended without a body: 204",
            () -> hasNone("/none", RecordingApi.answering(204, ""))),
        new Statement(
            "404 where it ended without an answer",
            () -> hasNone("/broken", RecordingApi.breaking())),
        new Statement(
            "404 for an unknown id", () -> http.contentOf(UNKNOWN).assertProblem(404, "not-found")),
        new Statement(
            "404 for a malformed id", () -> http.contentOf("x").assertProblem(404, "not-found")));
  }

  private static List<Statement> retention() {
    return List.of(
        new Statement(
            "410 after the retention",
            () -> {
              var reader = forgetful.http();
              var id = reader.begin("/forgotten");
              reader.awaitEnd(id);
              assertThat(reader.contentOf(id).text()).isEqualTo("{}");
              reader
                  .poll("/v1/background/" + id + "/content", answer -> answer.status() != 200)
                  .assertProblem(410, "gone");
            }));
  }

  private static String ended(String path) throws Exception {
    var id = http.begin(path);
    http.awaitEnd(id);
    return id;
  }

  private static void keeps(byte[] body, String type) throws Exception {
    var path = "/kept/" + body.length + "/" + Integer.toHexString(type.hashCode());
    stand
        .api()
        .on(path, (_, client) -> RecordingApi.send(client, 200, body, "Content-Type: " + type));
    var answer = http.contentOf(ended(path));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(body);
    assertThat(answer.header("Content-Type")).isEqualTo(type);
  }

  private static void hasNone(String path, RecordingApi.Script script) throws Exception {
    stand.api().on(path, script);
    http.contentOf(ended(path)).assertProblem(404, "no-content");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
