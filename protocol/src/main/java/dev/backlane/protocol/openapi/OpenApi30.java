package dev.backlane.protocol.openapi;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Rewrites an OpenAPI 3.1 document as OpenAPI 3.0, as far as our documents use what is new in 3.1:
/// types with null, and notifications as webhooks or as reusable path items. Stateless.
final class OpenApi30 {
  private static final String VERSION = "3.0.3";
  private static final String NULL = "null";

  /// The extension that tools read webhooks of 3.0 documents from.
  private static final String WEBHOOKS = "x-webhooks";

  private OpenApi30() {}

  static void rewrite(ObjectNode document) {
    document.put("openapi", VERSION);
    rewriteTypes(document);
    Optional.ofNullable(document.remove("webhooks"))
        .ifPresent(webhooks -> document.set(WEBHOOKS, webhooks));
    Optional.ofNullable(document.withObject("/components").remove("pathItems"))
        .ifPresent(notifications -> document.set(WEBHOOKS, notifications));
  }

  private static void rewriteTypes(JsonNode node) {
    if (node instanceof ObjectNode object
        && object.get("type") instanceof ArrayNode types
        && types.valueStream().allMatch(JsonNode::isString)) {
      var names = types.valueStream().map(JsonNode::asString).toList();
      object.put("type", onlyType(names));
      object.put("nullable", names.contains(NULL));
    }
    node.valueStream().forEach(OpenApi30::rewriteTypes);
  }

  private static String onlyType(List<String> names) {
    var types = names.stream().filter(name -> !name.equals(NULL)).toList();
    if (types.size() != 1) {
      throw new IllegalStateException("OpenAPI 3.0 has no type for " + names);
    }
    return types.getFirst();
  }
}
