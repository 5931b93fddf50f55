package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 1.3: the stored response.
@Timeout(60)
sealed class ContentContractTest permits ThroughNginxTest.Content, ThroughHaproxyTest.Content {
  private static final String UNKNOWN = "f0000000-0000-7000-8000-00000000000a";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @RegisterExtension static final TestGateway brief = TestGateway.with("retention: 3s\n");

  private final Http http = gateway.http();

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {1, 4_096, 100_000, 3_000_000})
  @DisplayName("200 with the response body byte for byte")
  void returnsBodyUnchanged(int bytes) throws Exception {
    keeps(random(bytes), "application/octet-stream");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"text/plain", "application/json; charset=iso-8859-1", "X/Y;z=\"a,b\""})
  @DisplayName("200 with the response's Content-Type")
  void returnsContentType(String type) throws Exception {
    keeps(random(10), type);
  }

  @Nested
  final class Bodies {
    @Test
    @DisplayName("a response without Content-Type is returned without one")
    void addsNoContentType() throws Exception {
      gateway.api().on("/untyped", RecordingApi.responding(200, "bytes"));
      var response = http.contentOf(ended("/untyped"));
      assertThat(response.text()).isEqualTo("bytes");
      assertThat(response.headers().allValues("Content-Type")).isEmpty();
    }

    @Test
    @DisplayName("a chunked response is stored unframed")
    void unframesChunkedResponse() throws Exception {
      gateway
          .api()
          .on(
              "/chunked",
              (_, client) -> {
                var out = client.getOutputStream();
                out.write(bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
                out.write(bytes("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
                out.flush();
              });
      var response = http.contentOf(ended("/chunked"));
      assertThat(response.text()).isEqualTo("hello world");
      assertThat(response.header("Content-Length")).isEqualTo("11");
    }

    @Test
    @DisplayName("the content of an error response is its body")
    void returnsBodyOfErrorResponse() throws Exception {
      gateway
          .api()
          .on(
              "/wrong",
              RecordingApi.responding(
                  422, "{\"message\":\"no\"}", "Content-Type: application/problem+json"));
      var response = http.contentOf(ended("/wrong"));
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("{\"message\":\"no\"}");
      assertThat(response.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    @DisplayName("the content can be read repeatedly")
    void canBeReadRepeatedly() throws Exception {
      var id = ended("/again");
      assertThat(http.contentOf(id).text()).isEqualTo("{}");
      assertThat(http.contentOf(id).text()).isEqualTo("{}");
    }
  }

  @Nested
  final class Refusals {
    @Test
    @DisplayName("403 for another tenant")
    void refusesOtherTenant() throws Exception {
      gateway
          .http(TestGateway.CLIENT, "sorlys", TestGateway.CLIENT)
          .contentOf(ended("/secret"))
          .assertProblem(403, "forbidden");
    }

    @Test
    @DisplayName("403 for another client and user of the same tenant")
    void refusesOtherClientAndUser() throws Exception {
      gateway
          .http("other-client", TestGateway.TENANT, "other-user")
          .contentOf(ended("/secret"))
          .assertProblem(403, "forbidden");
    }

    @Test
    @DisplayName("the same user may read it, with any client")
    void allowsSameUser() throws Exception {
      var user = gateway.http(TestGateway.CLIENT, TestGateway.TENANT, "user-1");
      var id = user.begin("/secret");
      user.awaitEnd(id);
      assertThat(gateway.http("other-client", TestGateway.TENANT, "user-1").contentOf(id).status())
          .isEqualTo(200);
    }

    @Test
    @DisplayName("401 without a token, with WWW-Authenticate")
    void challengesMissingToken() throws Exception {
      var response = http.as("").contentOf(ended("/secret"));
      response.assertProblem(401, "unauthorized");
      assertThat(response.header("WWW-Authenticate")).startsWith("Bearer");
    }

    @Test
    @DisplayName("404 while the operation has not ended")
    void returns404WhileRunning() throws Exception {
      var held = new HeldResponse();
      gateway.api().on("/pending", held);
      var id = http.begin("/pending");
      held.awaitRequest();
      http.contentOf(id).assertProblem(404, "no-content");
      held.release();
      http.awaitEnd(id);
      assertThat(http.contentOf(id).text()).isEqualTo("late");
    }

    @Test
    @DisplayName("404 if it ended without a body: an empty 200")
    void returns404ForEmpty200() throws Exception {
      hasNone("/empty", RecordingApi.responding(200, ""));
    }

    @Test
    @DisplayName("404 if it ended without a body: 204")
    void returns404For204() throws Exception {
      hasNone("/none", RecordingApi.responding(204, ""));
    }

    @Test
    @DisplayName("404 if it ended without a response")
    void returns404WithoutResponse() throws Exception {
      hasNone("/broken", RecordingApi.breaking());
    }

    @Test
    @DisplayName("404 for an unknown id")
    void returns404ForUnknownId() throws Exception {
      http.contentOf(UNKNOWN).assertProblem(404, "not-found");
    }

    @Test
    @DisplayName("404 for a malformed id")
    void returns404ForMalformedId() throws Exception {
      http.contentOf("x").assertProblem(404, "not-found");
    }
  }

  @Nested
  final class Retention {
    @Test
    @DisplayName("410 after the retention")
    void returns410AfterRetention() throws Exception {
      var reader = brief.http();
      var id = reader.begin("/pruned");
      reader.awaitEnd(id);
      assertThat(reader.contentOf(id).text()).isEqualTo("{}");
      reader
          .poll("/v1/background/" + id + "/content", response -> response.status() != 200)
          .assertProblem(410, "gone");
    }
  }

  private String ended(String path) throws Exception {
    var id = http.begin(path);
    http.awaitEnd(id);
    return id;
  }

  private void keeps(byte[] body, String type) throws Exception {
    var path = "/kept/" + body.length + "/" + Integer.toHexString(type.hashCode());
    gateway
        .api()
        .on(path, (_, client) -> RecordingApi.send(client, 200, body, "Content-Type: " + type));
    var response = http.contentOf(ended(path));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(body);
    assertThat(response.header("Content-Type")).isEqualTo(type);
  }

  private void hasNone(String path, RecordingApi.Script script) throws Exception {
    gateway.api().on(path, script);
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
