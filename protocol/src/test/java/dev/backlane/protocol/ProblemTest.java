package dev.backlane.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProblemTest {
  @ParameterizedTest
  @CsvSource({
    "invalid-background-header, 400",
    "webhook-address-forbidden, 422",
    "no-subscription, 422",
    "idempotency-key-reuse, 422",
    "payload-too-large, 413",
    "unauthorized, 401",
    "forbidden, 403",
    "not-found, 404",
    "no-content, 404",
    "gone, 410",
    "conflict, 409",
    "rate-limited, 429",
    "overloaded, 503",
    "upstream-unreachable, 502",
    "upstream-timeout, 504",
  })
  void hasTheTypesOfTheContract(String name, int status) {
    assertThat(ProblemType.of(URI.create("https://backlane.dev/problems/" + name)))
        .hasValueSatisfying(type -> assertThat(type.status()).isEqualTo(status));
  }

  @ParameterizedTest
  @CsvSource({
    "invalid-request, 400",
    "method-not-allowed, 405",
    "confirmation-required, 409",
    "range-not-satisfiable, 416",
    "internal-error, 500"
  })
  void hasTypesBeyondTheContract(String name, int status) {
    hasTheTypesOfTheContract(name, status);
  }

  @Test
  void hasNoOtherTypes() {
    assertThat(ProblemType.values()).hasSize(15 + 6);
    assertThat(ProblemType.of(URI.create("about:blank"))).isEmpty();
  }

  @Test
  void writesAProblemDocument() {
    Problem problem =
        new Problem(ProblemType.GONE, "Removed \"after\" 24 h.")
            .about(URI.create("/v1/background/7"))
            .with("retentionSeconds", 86_400)
            .with("hints", List.of("a", "b"));

    assertThat(new String(Json.bytes(problem), UTF_8))
        .isEqualTo(
            """
            {"type":"https://backlane.dev/problems/gone","title":"Gone","status":410,\
            "detail":"Removed \\"after\\" 24 h.","instance":"/v1/background/7",\
            "retentionSeconds":86400,"hints":["a","b"]}\
            """);
  }

  @ParameterizedTest
  @EnumSource
  void readsBackEachType(ProblemType type) {
    Problem bare = new Problem(type, "d");
    Problem full = bare.about(URI.create("urn:x")).with("n", 1).with("m", Map.of("k", true));

    assertThat(Problem.read(Json.bytes(bare))).contains(bare);
    assertThat(Problem.read(Json.bytes(full))).contains(full);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"type\":7}",
        "{\"type\":\"about:blank\"}",
        "{\"type\":\"::\"}",
        "<html>"
      })
  void readsNothingFromOtherDocuments(String json) {
    assertThat(Problem.read(json.getBytes(UTF_8))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"type", "title", "status", "detail", "instance"})
  void standardMembersAreNotExtensions(String name) {
    assertThatThrownBy(() -> new Problem(ProblemType.GONE, "d").with(name, "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
