package dev.backlane.system.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How the gateway serves the renderings of `/openapi.json`.
@Timeout(60)
final class OpenApiRenderingsTest {
  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with("").flags("--auth.authorization-url=https://login.example.org/authorize");

  private final Http http = gateway.http().as("");

  /// The paths of all renderings.
  static List<String> renderings() {
    return List.of(
        "/openapi.json",
        "/openapi.json?version=3.0",
        "/openapi.json?profile=documented",
        "/openapi.json?profile=documented&version=3.0");
  }

  @ParameterizedTest
  @CsvSource({
    "/openapi.json, 3.1.0, 5",
    "/openapi.json?profile=complete&version=3.1, 3.1.0, 5",
    "/openapi.json?version=3.0, 3.0.3, 5",
    "/openapi.json?profile=documented, 3.1.0, 2",
    "/openapi.json?version=3.0&profile=documented, 3.0.3, 2",
  })
  void servesEachRenderingWithoutToken(String path, String version, int operations)
      throws Exception {
    var response = http.get(path);

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).isEqualTo("application/json");
    var document = JsonMapper.shared().readTree(response.body());
    assertThat(document.get("openapi").asString()).isEqualTo(version);
    assertThat(document.at("/servers/0/url").asString()).isEqualTo(gateway.url().toString());
    assertThat(document.findValues("operationId").stream().map(JsonNode::asString))
        .filteredOn(id -> !id.startsWith("Background_Notify"))
        .hasSize(operations);
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void describesTheTokensOfTheConfiguration(String path) throws Exception {
    var schemes =
        JsonMapper.shared().readTree(http.get(path).body()).at("/components/securitySchemes");

    assertThat(schemes.findValues("tokenUrl").stream().map(JsonNode::asString))
        .hasSize(2)
        .containsOnly(gateway.issuer().tokenEndpoint().toString());
    assertThat(schemes.at("/interactiveapi/flows/authorizationCode/authorizationUrl").asString())
        .isEqualTo("https://login.example.org/authorize");
    assertThat(schemes.at("/serviceapi/flows/clientCredentials/scopes").propertyNames())
        .isEqualTo(TestGateway.SCOPES);
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void returnsNotModifiedForItsTag(String path) throws Exception {
    var first = http.get(path);
    var second = http.get(path, "If-None-Match", first.header("ETag"));
    var changed = http.get(path, "If-None-Match", "\"another\"");

    assertThat(second.status()).isEqualTo(304);
    assertThat(second.body()).isEmpty();
    assertThat(second.header("ETag")).isEqualTo(first.header("ETag")).startsWith("\"");
    assertThat(second.header("Cache-Control")).isEqualTo("no-cache");
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.body()).isEqualTo(first.body());
  }

  @Test
  void everyRenderingHasItsOwnTag() throws Exception {
    var tags = new TreeSet<String>();
    for (var path : renderings()) {
      tags.add(http.get(path).header("ETag"));
    }

    assertThat(tags).hasSize(renderings().size());
  }

  @Test
  void respondsToHead() throws Exception {
    var got = http.get("/openapi.json");
    var head = http.send("HEAD", "/openapi.json", new byte[0]);

    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.header("ETag")).isEqualTo(got.header("ETag"));
    assertThat(head.header("Content-Length")).isEqualTo(Integer.toString(got.body().length));
  }

  @ParameterizedTest
  @CsvSource({
    "profile=old, 'complete, documented'",
    "profile=Documented, 'complete, documented'",
    "version=2.0, '3.1, 3.0'",
    "profile=documented&version=3, '3.1, 3.0'",
  })
  void refusesAnUnknownRendering(String query, String allowed) throws Exception {
    var response = http.get("/openapi.json?" + query);

    response.assertProblem(400, "invalid-request");
    assertThat(response.text()).contains(allowed.split(", ", -1));
  }
}
