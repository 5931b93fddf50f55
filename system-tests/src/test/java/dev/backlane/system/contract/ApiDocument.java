package dev.backlane.system.contract;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import dev.backlane.system.support.Http;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// An OpenAPI 3.0 document against which real responses are checked. Strict: an object may have
/// only the members that its schema names. Thread-safe.
final class ApiDocument {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String IRI = "https://backlane.example/openapi.json";
  private static final String ANY_MEDIA_TYPE = "*/*";

  private final JsonNode root;
  private final SchemaRegistry schemas;

  private ApiDocument(ObjectNode root) {
    this.root = root;
    var closed = root.deepCopy();
    closed.at("/components/schemas").forEach(ApiDocument::close);
    this.schemas =
        SchemaRegistry.withDialect(
            Dialects.getOpenApi30(), builder -> builder.schemas(Map.of(IRI, closed.toString())));
  }

  static ApiDocument parse(byte[] json) {
    return new ApiDocument((ObjectNode) JSON.readTree(json));
  }

  /// The same document with one node replaced.
  ///
  /// @param parent JSON pointer of an object
  /// @param json the value; empty: the member is removed
  ApiDocument with(String parent, String member, String json) {
    var changed = root.deepCopy();
    if (!(changed.at(parent) instanceof ObjectNode object)) {
      throw new IllegalArgumentException("the document has no object at " + parent);
    }
    if (json.isEmpty()) {
      object.remove(member);
    } else {
      object.set(member, JSON.readTree(json));
    }
    return new ApiDocument((ObjectNode) changed);
  }

  /// The node at a JSON pointer.
  JsonNode at(String pointer) {
    return root.at(pointer);
  }

  /// All documented responses, each as the operation's id and the status code.
  Set<String> responses() {
    var responses = new TreeSet<String>();
    operations()
        .forEach(operation ->
            operation
                .get("responses")
                .propertyNames()
                .forEach(status ->
                    responses.add(operation.get("operationId").asString() + " " + status)));
    return responses;
  }

  Stream<JsonNode> operations() {
    return root.get("paths").valueStream().flatMap(JsonNode::valueStream);
  }

  /// The faults of a response to an operation; empty if the response is as documented.
  List<String> faults(String operationId, Http.Response response) {
    var status = Integer.toString(response.status());
    var documented =
        resolved(
            operations()
                .filter(operation -> operation.get("operationId").asString().equals(operationId))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no operation " + operationId))
                .get("responses")
                .path(status));
    if (documented.isMissingNode()) {
      return List.of("status " + status + " is not documented");
    }
    var faults = new ArrayList<String>();
    documented
        .path("headers")
        .propertyStream()
        .forEach(header ->
            faults.addAll(header(header.getKey(), resolved(header.getValue()), response)));
    faults.addAll(content(documented.path("content"), response));
    return faults;
  }

  /// The node itself, or the component that it refers to.
  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? root.at(node.get("$ref").asString().substring(1)) : node;
  }

  /// The faults of a JSON document according to a named schema.
  List<String> faults(String schemaName, String json) {
    return faults(schemas.getSchema(location("#/components/schemas/" + schemaName)), json);
  }

  private static List<String> header(String name, JsonNode documented, Http.Response response) {
    var value = response.header(name);
    if (value.isEmpty()) {
      return documented.path("required").asBoolean(false)
          ? List.of("the header " + name + " is missing")
          : List.of();
    }
    boolean number = documented.at("/schema/type").asString().equals("integer");
    return number && !value.matches("-?\\d+")
        ? List.of("the header " + name + " is not an integer: " + value)
        : List.of();
  }

  private List<String> content(JsonNode documented, Http.Response response) {
    if (documented.isEmpty()) {
      return response.body().length == 0 ? List.of() : List.of("no body is documented");
    }
    var mediaType =
        response.header("Content-Type").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    var found = documented.has(mediaType) ? mediaType : ANY_MEDIA_TYPE;
    if (!documented.has(found)) {
      return List.of("the media type '" + mediaType + "' is not documented");
    }
    var schema = documented.get(found).get("schema");
    if (schema.path("format").asString("").equals("binary")) {
      return List.of();
    }
    if (!response.header("Content-Encoding").isEmpty()) {
      return List.of("the body is encoded: " + response.header("Content-Encoding"));
    }
    return faults(schemas.getSchema(location(schema.get("$ref").asString())), response.text());
  }

  private static SchemaLocation location(String reference) {
    return SchemaLocation.of(IRI + reference);
  }

  private static List<String> faults(Schema schema, String json) {
    return schema
        .validate(
            json,
            InputFormat.JSON,
            run -> run.executionConfig(config -> config.formatAssertionsEnabled(true)))
        .stream()
        .map(fault -> fault.getInstanceLocation() + ": " + fault.getMessage())
        .toList();
  }

  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.has("properties")
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    schema.forEach(ApiDocument::close);
  }
}
