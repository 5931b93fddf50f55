package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.protocol.ProblemType;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// The complete document of `/openapi.json`, in OpenAPI 3.0, checked against real responses: each
/// documented status code of each operation.
@Timeout(60)
final class OpenApiDocumentTest {
  private static final String START = "Background_StartBackgroundApiOperation";
  private static final String LIST = "Background_ListBackgroundApiOperations";
  private static final String STATE = "Background_GetBackgroundApiOperationByrequestId";
  private static final String CONTENT = "Background_GetBackgroundApiOperationContentByrequestId";
  private static final String CANCEL = "Background_CancelBackgroundApiOperationByrequestId";
  private static final String UNKNOWN = "/v1/background/00000000-0000-4000-8000-000000000000";

  @AutoClose private static GatewayFixtures gateways;
  private static Http http;
  private static ApiDocument document;

  @BeforeAll
  static void open() throws Exception {
    gateways = GatewayFixtures.open();
    http = gateways.http();
    document = ApiDocument.parse(http.as("").get("/openapi.json?version=3.0").body());
  }

  /// One real response.
  ///
  /// @param what the case, if a status code has several
  record Row(String operationId, int status, String what, Request request) {
    /// Sends the request.
    @FunctionalInterface
    interface Request {
      Http.Response send() throws Exception;
    }

    String name() {
      return operationId + " " + status + ": " + what;
    }

    void check() throws Exception {
      var response = request.send();
      assertThat(response.status()).as(response.text()).isEqualTo(status);
      assertThat(document.faults(operationId, response)).as(response.text()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("documentedResponses")
  @DisplayName("a response is as documented")
  void respondsAsDocumented(Row row) throws Exception {
    row.check();
  }

  static Stream<Arguments> documentedResponses() {
    return rows().stream().map(row -> Arguments.argumentSet(row.name(), row));
  }

  @Test
  void coversEveryDocumentedResponse() {
    var shown = new TreeSet<String>();
    rows().forEach(row -> shown.add(row.operationId() + " " + row.status()));
    assertThat(shown).isEqualTo(document.responses());
  }

  private static List<Row> rows() {
    var rows = new ArrayList<Row>();
    rows.addAll(ofStart());
    rows.addAll(ofList());
    rows.addAll(ofState());
    rows.addAll(ofContent());
    rows.addAll(ofCancel());
    return rows;
  }

  private static List<Row> ofStart() {
    return List.of(
        new Row(START, 202, "accepted", () -> start(http, "none")),
        new Row(START, 202, "with a key", () -> start(http, "none", "Idempotency-Key", "first")),
        new Row(START, 400, "trigger", () -> start(http, "later")),
        new Row(START, 400, "key", () -> start(http, "none", "Idempotency-Key", "")),
        new Row(START, 401, "no token", () -> start(http.as(""), "none")),
        new Row(START, 403, "no scope", () -> start(gateways.without(":create"), "none")),
        new Row(START, 413, "body", gateways::tooLargeCall),
        new Row(START, 422, "no subscription", () -> start(http, "subscription")),
        new Row(START, 422, "address", () -> start(http, "http://127.0.0.1/hook")),
        new Row(START, 422, "key reused", OpenApiDocumentTest::reuseKey),
        new Row(START, 429, "rate limit", gateways::oneCallTooMany),
        new Row(START, 503, "no keys", () -> start(gateways.keyless(), "none")));
  }

  private static Http.Response start(Http caller, String trigger, String... headers)
      throws Exception {
    var all = new ArrayList<>(List.of("erp-api-background", trigger));
    all.addAll(List.of(headers));
    return caller.post("/echo", "{}", all.toArray(String[]::new));
  }

  private static Http.Response reuseKey() throws Exception {
    var key = "reused";
    assertThat(start(http, "none", "Idempotency-Key", key).status()).isEqualTo(202);
    return http.post("/other", "{}", "erp-api-background", "none", "Idempotency-Key", key);
  }

  private static List<Row> ofList() {
    var path = "/v1/background";
    return List.of(
        new Row(LIST, 200, "all operations", () -> http.get(path + "?limit=200")),
        new Row(LIST, 200, "a page before the last", () -> http.get(path + "?limit=1")),
        new Row(LIST, 200, "none", () -> http.get(path + "?reference=unknown")),
        new Row(LIST, 400, "limit", () -> http.get(path + "?limit=201")),
        new Row(LIST, 400, "phase", () -> http.get(path + "?phase=sleeping")),
        new Row(LIST, 401, "no token", () -> http.as("").get(path)),
        new Row(LIST, 403, "no scope", () -> gateways.without(":read").get(path)),
        new Row(LIST, 405, "another method", () -> http.delete(path)),
        new Row(LIST, 429, "rate limit", () -> gateways.spent().get(path)),
        new Row(LIST, 503, "no keys", () -> gateways.keyless().get(path)));
  }

  private static List<Row> ofState() {
    return List.of(
        new Row(STATE, 200, "running", () -> http.get(gateways.running())),
        new Row(STATE, 200, "waiting for a retry", () -> http.get(gateways.waiting())),
        new Row(STATE, 200, "finished", () -> http.get(gateways.finished())),
        new Row(STATE, 200, "without a body", () -> http.get(gateways.bodiless())),
        new Row(STATE, 200, "failed", () -> http.get(gateways.failed())),
        new Row(STATE, 200, "canceled", () -> http.get(gateways.canceled())),
        new Row(
            STATE, 200, "text/json", () -> http.get(gateways.finished(), "Accept", "text/json")),
        new Row(STATE, 304, "unchanged", () -> unchanged(gateways.finished())),
        new Row(STATE, 400, "wait", () -> http.get(gateways.finished() + "?wait=soon")),
        new Row(STATE, 401, "no token", () -> http.as("").get(gateways.finished())),
        new Row(STATE, 401, "bad token", () -> http.as("bad").get(gateways.finished())),
        new Row(STATE, 403, "foreign", () -> gateways.foreign().get(gateways.finished())),
        new Row(STATE, 403, "no scope", () -> gateways.without(":read").get(gateways.finished())),
        new Row(STATE, 404, "unknown", () -> http.get(UNKNOWN)),
        new Row(STATE, 404, "malformed", () -> http.get("/v1/background/17")),
        new Row(STATE, 405, "another method", () -> http.post(gateways.finished(), "{}")),
        new Row(STATE, 429, "rate limit", () -> gateways.spent().get(gateways.finished())),
        new Row(STATE, 503, "no keys", () -> gateways.keyless().get(gateways.finished())));
  }

  private static List<Row> ofContent() {
    var content = "/content";
    return List.of(
        new Row(CONTENT, 200, "compressed", () -> http.get(gateways.finished() + content)),
        new Row(
            CONTENT,
            206,
            "a part",
            () -> http.get(gateways.finished() + content, "Range", "bytes=1-3")),
        new Row(CONTENT, 304, "unchanged", () -> unchanged(gateways.finished() + content)),
        new Row(CONTENT, 401, "no token", () -> http.as("").get(gateways.finished() + content)),
        new Row(
            CONTENT, 403, "foreign", () -> gateways.foreign().get(gateways.finished() + content)),
        new Row(CONTENT, 404, "unknown", () -> http.get(UNKNOWN + content)),
        new Row(CONTENT, 404, "not ended", () -> http.get(gateways.running() + content)),
        new Row(CONTENT, 404, "no body", () -> http.get(gateways.bodiless() + content)),
        new Row(CONTENT, 404, "no response", () -> http.get(gateways.failed() + content)),
        new Row(CONTENT, 405, "another method", () -> http.delete(gateways.finished() + content)),
        new Row(CONTENT, 410, "removed", gateways::removedContent),
        new Row(
            CONTENT,
            416,
            "no such part",
            () -> http.get(gateways.finished() + content, "Range", "bytes=100000-")),
        new Row(
            CONTENT, 429, "rate limit", () -> gateways.spent().get(gateways.finished() + content)),
        new Row(
            CONTENT, 503, "no keys", () -> gateways.keyless().get(gateways.finished() + content)));
  }

  private static List<Row> ofCancel() {
    return List.of(
        new Row(CANCEL, 202, "running", () -> http.delete(gateways.startRunning())),
        new Row(CANCEL, 204, "waiting", () -> http.delete(gateways.startWaiting())),
        new Row(CANCEL, 401, "no token", () -> http.as("").delete(gateways.running())),
        new Row(CANCEL, 403, "foreign", () -> gateways.foreign().delete(gateways.running())),
        new Row(
            CANCEL, 403, "no scope", () -> gateways.without(":delete").delete(gateways.running())),
        new Row(CANCEL, 404, "unknown", () -> http.delete(UNKNOWN)),
        new Row(CANCEL, 409, "finished", () -> http.delete(gateways.finished())),
        new Row(CANCEL, 409, "canceled", () -> http.delete(gateways.canceled())),
        new Row(CANCEL, 429, "rate limit", () -> gateways.spent().delete(gateways.running())),
        new Row(CANCEL, 503, "no keys", () -> gateways.keyless().delete(gateways.running())));
  }

  private static Http.Response unchanged(String path) throws Exception {
    return http.get(path, "If-None-Match", http.get(path).header("ETag"));
  }

  @Test
  void acceptedDocumentIsAsDocumented() throws Exception {
    var response = http.post("/echo", "{}", "erp-api-background", "none");
    assertThat(response.status()).isEqualTo(202);
    assertThat(document.faults("BackgroundApiAcceptedDto", response.text())).isEmpty();
  }

  @Test
  @DisplayName("the document uses the names of operations, schemas and scopes of the contract")
  void usesNamesOfDocumentedSystem() {
    assertThat(document.at("/openapi").asString()).isEqualTo("3.0.3");
    assertThat(document.at("/servers/0/url").asString()).isEqualTo(http.url().toString());
    for (var path : List.of("{requestId}", "{requestId}/content")) {
      var get = document.at("/paths/~1v1~1background~1" + path.replace("/", "~1") + "/get");
      assertThat(get.get("operationId").asString()).isEqualTo(path.endsWith("t") ? CONTENT : STATE);
      assertThat(get.at("/tags/0").asString()).isEqualTo("Background");
      assertThat(get.at("/parameters/0/name").asString()).isEqualTo("requestId");
      assertThat(get.at("/parameters/0/in").asString()).isEqualTo("path");
      assertThat(get.at("/security/0").has("serviceapi")).isTrue();
    }
    assertThat(document.at("/components/schemas").propertyNames())
        .contains("BackgroundRequestStateDto", "BackgroundApiAcceptedDto");
    assertThat(
            document
                .at("/components/securitySchemes/serviceapi/flows/clientCredentials/scopes")
                .propertyNames())
        .isEqualTo(TestGateway.SCOPES);
    assertThat(operationIds()).containsExactlyInAnyOrder(START, LIST, STATE, CONTENT, CANCEL);
  }

  @Test
  @DisplayName("the document lists every problem type, status and phase")
  void listsEveryEnumValue() {
    var state = "/components/schemas/BackgroundRequestStateDto/properties/";
    assertThat(texts("/components/schemas/Problem/properties/type/enum"))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(ProblemType.values()).map(type -> type.uri().toString()).toList());
    assertThat(texts(state + "status/enum"))
        .containsExactlyInAnyOrderElementsOf(Stream.of(Status.values()).map(Status::wire).toList());
    assertThat(texts(state + "phase/enum"))
        .containsExactlyInAnyOrderElementsOf(Stream.of(Phase.values()).map(Phase::wire).toList());
  }

  private static List<String> texts(String pointer) {
    return document.at(pointer).valueStream().map(JsonNode::asString).toList();
  }

  private static Set<String> operationIds() {
    var ids = new TreeSet<String>();
    document.operations().forEach(operation -> ids.add(operation.get("operationId").asString()));
    return ids;
  }

  /// One change that makes the document wrong, and the fault that must be found.
  ///
  /// @param parent JSON pointer of the object that is changed
  /// @param json the new value; empty: the member is removed
  record PlantedFault(String parent, String member, String json, String fault) {}

  @ParameterizedTest
  @MethodSource("plantedFaults")
  @DisplayName("a planted fault is found")
  void findsPlantedFault(PlantedFault planted) throws Exception {
    var response = http.get(gateways.running());
    var wrong = document.with(planted.parent(), planted.member(), planted.json());
    assertThat(document.faults(STATE, response)).isEmpty();
    assertThat(wrong.faults(STATE, response)).singleElement().asString().contains(planted.fault());
  }

  private static Arguments planted(
      String what, String parent, String member, String json, String fault) {
    return Arguments.argumentSet(what, new PlantedFault(parent, member, json, fault));
  }

  static Stream<Arguments> plantedFaults() {
    var responses = "/paths/~1v1~1background~1{requestId}/get/responses";
    var schema = "/components/schemas/BackgroundRequestStateDto";
    var members = schema + "/properties";
    return Stream.of(
        planted("status code", responses, "200", "", "status 200 is not documented"),
        planted(
            "media type",
            responses + "/200/content",
            "application/json",
            "",
            "the media type 'application/json' is not documented"),
        planted("body", responses + "/200", "content", "", "no body is documented"),
        planted(
            "header",
            responses + "/200/headers",
            "X-Not-There",
            "{\"required\":true,\"schema\":{\"type\":\"string\"}}",
            "the header X-Not-There is missing"),
        planted(
            "header's type",
            responses + "/200/headers/ETag/schema",
            "type",
            "\"integer\"",
            "the header ETag is not an integer"),
        planted("required member", schema, "required", "[\"owner\"]", "owner"),
        planted("unknown member", members, "phase", "", "phase"),
        planted("type", members + "/attempt", "type", "\"string\"", "/attempt"),
        planted("null", members + "/finishedUtc", "nullable", "false", "/finishedUtc"),
        planted("enum", members + "/status", "enum", "[\"Finished\"]", "/status"),
        planted("date-time", members + "/originalUri", "format", "\"date-time\"", "/originalUri"),
        planted("uuid", members + "/phase", "format", "\"uuid\"", "/phase"),
        planted("uri", members + "/webhookAddress", "format", "\"uri\"", "/webhookAddress"),
        planted("length", members + "/originalUri", "maxLength", "5", "/originalUri"));
  }
}
