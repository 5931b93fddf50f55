package dev.backlane.protocol.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.protocol.ProblemType;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class OpenApiTest {
  private static final URI PUBLIC_URL = URI.create("https://api.example.org");
  private static final URI TOKEN_URL = URI.create("https://login.example.org/token");
  private static final URI AUTHORIZATION_URL = URI.create("https://login.example.org/authorize");
  private static final String STATE = "Background_GetBackgroundApiOperationByrequestId";
  private static final String CONTENT = "Background_GetBackgroundApiOperationContentByrequestId";

  private static JsonNode document(Profile profile, Version version, CallerTokens tokens) {
    return JsonMapper.shared().readTree(json(profile, version, tokens));
  }

  private static byte[] json(Profile profile, Version version, CallerTokens tokens) {
    return OpenApi.document(
        profile, version, new OpenApiSettings(PUBLIC_URL, tokens, "x-signature"));
  }

  private static JsonNode document(Profile profile, Version version) {
    return document(profile, version, new CallerTokens.Bearer(List.of()));
  }

  static Stream<Arguments> renderings() {
    return Stream.of(Profile.values())
        .flatMap(
            profile -> Stream.of(Version.values()).map(version -> Arguments.of(profile, version)));
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void namesVersionAndServer(Profile profile, Version version) {
    var document = document(profile, version);

    assertThat(document.get("openapi").asString()).startsWith(version.wire() + ".");
    assertThat(document.at("/servers/0/url").asString()).isEqualTo(PUBLIC_URL.toString());
    assertThat(document.get("servers")).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void isTheSameEachTime(Profile profile, Version version) {
    var tokens = new CallerTokens.OAuth(List.of("s"), TOKEN_URL, Optional.empty());

    assertThat(json(profile, version, tokens)).isEqualTo(json(profile, version, tokens));
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void namesNoOtherSystem(Profile profile, Version version) {
    assertThat(new String(json(profile, version, new CallerTokens.Bearer(List.of())), UTF_8))
        .doesNotContainIgnoringCase("visma");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void documentedProfileHasTheDocumentedOperations(Version version) {
    var document = document(Profile.DOCUMENTED, version);

    assertThat(operations(document)).containsOnlyKeys(STATE, CONTENT);
    operations(document)
        .values()
        .forEach(operation -> {
          assertThat(operation.at("/tags"))
              .extracting(JsonNode::asString)
              .containsExactly("Background");
          assertThat(operation.get("parameters"))
              .singleElement()
              .satisfies(parameter -> {
                assertThat(parameter.get("name").asString()).isEqualTo("requestId");
                assertThat(parameter.get("in").asString()).isEqualTo("path");
                assertThat(types(parameter.get("schema"))).isEqualTo("string");
              });
          assertThat(operation.at("/responses/200/content").propertyNames())
              .containsExactly("application/json", "text/json");
        });
    assertThat(operation(document, CONTENT).at("/responses/200/content/application~1json/schema"))
        .isEqualTo(JsonMapper.shared().readTree("{\"type\":\"object\"}"));
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void documentedProfileHasTheDocumentedTypes(Version version) {
    var schemas = document(Profile.DOCUMENTED, version).at("/components/schemas");

    assertThat(schemas.propertyNames())
        .containsExactlyInAnyOrder("BackgroundApiAcceptedDto", "BackgroundRequestStateDto");
    assertThat(properties(schemas.get("BackgroundApiAcceptedDto")))
        .containsExactly("id: string", "stateLocation: string");
    assertThat(properties(schemas.get("BackgroundRequestStateDto")))
        .containsExactly(
            "id: string",
            "status: string",
            "statusCode: integer int32",
            "receivedUtc: string date-time",
            "startedUtc: string date-time",
            "finishedUtc: string date-time",
            "webhookAddress: string",
            "errorMessage: string",
            "reference: string",
            "originalUri: string",
            "hasResponseContent: boolean",
            "hasRequestContent: boolean",
            "contentLocation: string",
            "responseHeaders: object");
    schemas.forEach(schema -> assertThat(schema.has("required")).isFalse());
  }

  @Test
  void completeProfileDescribesTriggerAndNotification() {
    var document = document(Profile.COMPLETE, Version.V3_1);
    var start = operation(document, "Background_StartBackgroundApiOperation");

    assertThat(start.at("/responses").propertyNames())
        .contains("202", "400", "401", "403", "413", "422", "429", "503");
    assertThat(document.at("/components/parameters/Trigger/name").asString())
        .isEqualTo("erp-api-background");
    assertThat(document.at("/webhooks").propertyNames()).containsExactly("BACKGROUND_API_RESPONSE");
    assertThat(start.at("/callbacks/operationEnded").propertyNames())
        .containsExactly("{$request.header.erp-api-background}");
  }

  @Test
  void version30HasNothingThatIsNewIn31() {
    var document = document(Profile.COMPLETE, Version.V3_0);
    var finished =
        document.at("/components/schemas/BackgroundRequestStateDto/properties/finishedUtc");

    assertThat(document.has("webhooks")).isFalse();
    assertThat(document.at("/x-webhooks/BACKGROUND_API_RESPONSE/post").isObject()).isTrue();
    assertThat(finished.get("type").asString()).isEqualTo("string");
    assertThat(finished.get("nullable").asBoolean()).isTrue();
    assertThat(document.findValues("type")).noneMatch(JsonNode::isArray);
  }

  @Test
  void describesEveryProblemType() {
    var type =
        document(Profile.COMPLETE, Version.V3_1).at("/components/schemas/Problem/properties/type");

    assertThat(type.get("enum"))
        .extracting(JsonNode::asString)
        .containsExactlyElementsOf(
            Stream.of(ProblemType.values()).map(each -> each.uri().toString()).toList());
    for (var each : ProblemType.values()) {
      assertThat(type.get("description").asString())
          .contains("`" + each.slug() + "` (" + each.status() + "): " + each.meaning());
    }
  }

  @Test
  void namesTheConfiguredSignatureHeader() {
    var settings = new OpenApiSettings(PUBLIC_URL, new CallerTokens.None(), "X-Our-Signature");
    var json = OpenApi.document(Profile.COMPLETE, Version.V3_1, settings);

    assertThat(
            JsonMapper.shared()
                .readTree(json)
                .at("/components/parameters/DocumentedSignature/name")
                .asString())
        .isEqualTo("X-Our-Signature");
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void describesOauthWithItsEndpointsAndScopes(Profile profile, Version version) {
    var tokens = new CallerTokens.OAuth(List.of("erp"), TOKEN_URL, Optional.of(AUTHORIZATION_URL));
    var document = document(profile, version, tokens);
    var schemes = document.at("/components/securitySchemes");

    assertThat(schemes.propertyNames()).containsExactly("serviceapi", "interactiveapi");
    var service = schemes.at("/serviceapi/flows/clientCredentials");
    assertThat(service.get("tokenUrl").asString()).isEqualTo(TOKEN_URL.toString());
    assertThat(service.get("scopes").propertyNames())
        .containsExactly("erp:read", "erp:create", "erp:update", "erp:delete");
    var interactive = schemes.at("/interactiveapi/flows/authorizationCode");
    assertThat(interactive.get("authorizationUrl").asString())
        .isEqualTo(AUTHORIZATION_URL.toString());
    assertThat(interactive.get("tokenUrl").asString()).isEqualTo(TOKEN_URL.toString());
    assertThat(operation(document, STATE).get("security"))
        .isEqualTo(
            JsonMapper.shared()
                .readTree("[{\"serviceapi\":[\"erp:read\"]},{\"interactiveapi\":[\"erp:read\"]}]"));
  }

  @Test
  void describesTheScopesOfEachPrefixAsAlternatives() {
    var prefixes = List.of("service", "interactive");
    var tokens = new CallerTokens.OAuth(prefixes, TOKEN_URL, Optional.empty());
    var oauth = document(Profile.COMPLETE, Version.V3_1, tokens);
    assertThat(
            oauth
                .at("/components/securitySchemes/serviceapi/flows/clientCredentials/scopes")
                .propertyNames())
        .hasSize(8)
        .contains("service:read", "interactive:delete");
    assertThat(operation(oauth, STATE).get("security").toString())
        .isEqualTo("[{\"serviceapi\":[\"service:read\"]},{\"serviceapi\":[\"interactive:read\"]}]");

    var bearer = document(Profile.COMPLETE, Version.V3_1, new CallerTokens.Bearer(prefixes));
    assertThat(bearer.at("/components/securitySchemes/serviceapi").get("description").asString())
        .contains("`service:read`", "or `interactive:read`");
  }

  @Test
  void describesNoTokensOfUsersWithoutTheirEndpoint() {
    var document =
        document(
            Profile.COMPLETE,
            Version.V3_1,
            new CallerTokens.OAuth(List.of(), TOKEN_URL, Optional.empty()));

    assertThat(document.at("/components/securitySchemes").propertyNames())
        .containsExactly("serviceapi");
    assertThat(document.at("/components/securitySchemes/serviceapi/flows/clientCredentials/scopes"))
        .isEmpty();
    assertThat(operation(document, STATE).get("security").toString())
        .isEqualTo("[{\"serviceapi\":[]}]");
  }

  @Test
  void describesBearerTokensOfUnknownOrigin() {
    var document =
        document(Profile.COMPLETE, Version.V3_1, new CallerTokens.Bearer(List.of("erp")));

    var scheme = document.at("/components/securitySchemes/serviceapi");
    assertThat(scheme.get("type").asString()).isEqualTo("http");
    assertThat(scheme.get("scheme").asString()).isEqualTo("bearer");
    assertThat(scheme.get("description").asString()).contains("erp:read");
    assertThat(operation(document, STATE).get("security").toString())
        .isEqualTo("[{\"serviceapi\":[]}]");
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void describesThatNoTokenIsNeeded(Profile profile, Version version) {
    var document = document(profile, version, new CallerTokens.None());

    assertThat(document.at("/components").has("securitySchemes")).isFalse();
    operations(document)
        .values()
        .forEach(operation -> assertThat(operation.get("security").toString()).isEqualTo("[]"));
  }

  @Test
  void refusesUnknownNames() {
    assertThat(Profile.of("documented")).isEqualTo(Profile.DOCUMENTED);
    assertThat(Version.of("3.0")).isEqualTo(Version.V3_0);
    assertThatThrownBy(() -> Profile.of("Documented")).hasMessageContaining(Profile.NAMES);
    assertThatThrownBy(() -> Version.of("2.0")).hasMessageContaining(Version.NAMES);
  }

  private static JsonNode operation(JsonNode document, String id) {
    return Objects.requireNonNull(operations(document).get(id), id);
  }

  private static Map<String, JsonNode> operations(JsonNode document) {
    var operations = new LinkedHashMap<String, JsonNode>();
    document
        .get("paths")
        .valueStream()
        .flatMap(JsonNode::valueStream)
        .forEach(operation -> operations.put(operation.get("operationId").asString(), operation));
    return operations;
  }

  private static List<String> properties(JsonNode schema) {
    var properties = new ArrayList<String>();
    schema
        .get("properties")
        .propertyStream()
        .forEach(each -> properties.add(each.getKey() + ": " + types(each.getValue())));
    return properties;
  }

  private static String types(JsonNode schema) {
    var type = schema.get("type").asString();
    return schema.has("format") ? type + " " + schema.get("format").asString() : type;
  }
}
