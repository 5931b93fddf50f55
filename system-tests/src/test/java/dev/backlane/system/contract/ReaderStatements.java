package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/// CONTRACT 1.2: who may read a state, and which ids there are none for.
final class ReaderStatements {
  private static final String UNKNOWN = "019aa000-0000-7000-8000-00000000000a";

  private final TestGateway stand;
  private final TestGateway other;
  private final Http http;

  /// @param other a stand with an issuer of its own
  ReaderStatements(TestGateway stand, TestGateway other) {
    this.stand = stand;
    this.other = other;
    this.http = stand.http();
  }

  List<Statement> rows() {
    var rows = new ArrayList<>(readers());
    for (String id : malformedIds()) {
      rows.add(
          new Statement(
              "a malformed id is answered 404 like an unknown one: '" + id + "'",
              () -> http.stateOf(id).assertProblem(404, "not-found")));
    }
    return rows;
  }

  private List<Statement> readers() {
    return List.of(
        new Statement(
            "403 for another tenant, even with the same client and user",
            () -> reads(stand.http(TestGateway.CLIENT, "sorlys", TestGateway.CLIENT), 403)),
        new Statement(
            "403 for another client and user of the same tenant",
            () -> reads(stand.http("other-client", TestGateway.TENANT, "other-user"), 403)),
        new Statement(
            "the same client may read it, for whatever user",
            () -> reads(stand.http(TestGateway.CLIENT, TestGateway.TENANT, "other-user"), 200)),
        new Statement(
            "the same user may read it, with whatever client",
            () -> reads(stand.http("other-client", TestGateway.TENANT, TestGateway.CLIENT), 200)),
        new Statement("401 without a token, with WWW-Authenticate", () -> challenged("")),
        new Statement("401 with junk for a token, with WWW-Authenticate", () -> challenged("junk")),
        new Statement(
            "401 with another issuer's token, with WWW-Authenticate",
            () ->
                challenged(
                    other.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT))),
        new Statement(
            "404 for an unknown id", () -> http.stateOf(UNKNOWN).assertProblem(404, "not-found")),
        new Statement(
            "404 for an unknown id tells another tenant nothing else",
            () ->
                stand
                    .http("other-client", "sorlys", "other-user")
                    .stateOf(UNKNOWN)
                    .assertProblem(404, "not-found")));
  }

  private static List<String> malformedIds() {
    return List.of(
        "",
        "x",
        "content",
        UNKNOWN + "/",
        UNKNOWN + "/other",
        UNKNOWN.toUpperCase(Locale.ROOT),
        UNKNOWN.replace("-", ""),
        "%7B" + UNKNOWN.substring(1),
        UNKNOWN + "0",
        UNKNOWN.substring(1),
        "%30" + UNKNOWN.substring(1),
        "019aa000-0000-7000-8000-00000000000g",
        "019aa000-0-7000-8000-00000000000a",
        UUID.randomUUID().toString(),
        "00000000-0000-0000-0000-000000000000",
        "..%2f" + UNKNOWN,
        "019aa000-0000-7000-8000-00000000000%00");
  }

  private void reads(Http reader, int status) throws Exception {
    var answer = reader.stateOf(http.begin("/read"));
    if (status == 403) {
      answer.assertProblem(403, "forbidden");
    } else {
      assertThat(answer.status()).isEqualTo(status);
    }
  }

  private void challenged(String token) throws Exception {
    var answer = http.as(token).stateOf(http.begin("/read"));
    answer.assertProblem(401, "unauthorized");
    assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
  }
}
