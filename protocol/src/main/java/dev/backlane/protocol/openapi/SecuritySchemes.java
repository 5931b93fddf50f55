package dev.backlane.protocol.openapi;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes the security schemes of a document, under their documented names, and which of them each
/// operation needs. The source of a document names only the right that an operation needs, as the
/// scope of `serviceapi`. Immutable.
final class SecuritySchemes {
  private static final String SECURITY = "security";

  /// Tokens of services.
  private static final String SERVICE = "serviceapi";

  /// Tokens of users.
  private static final String INTERACTIVE = "interactiveapi";

  private static final Map<String, String> METHODS_BY_RIGHT = new LinkedHashMap<>();

  static {
    METHODS_BY_RIGHT.put("read", "GET, HEAD and OPTIONS");
    METHODS_BY_RIGHT.put("create", "POST");
    METHODS_BY_RIGHT.put("update", "PUT and PATCH");
    METHODS_BY_RIGHT.put("delete", "DELETE");
  }

  private final ObjectNode document;

  SecuritySchemes(ObjectNode document) {
    this.document = document;
  }

  void write(CallerTokens tokens) {
    switch (tokens) {
      case CallerTokens.None _ ->
          securedOperations().forEach(operation -> operation.putArray(SECURITY));
      case CallerTokens.Bearer(var scopePrefixes) -> writeBearer(scopePrefixes);
      case CallerTokens.OAuth oauth -> writeOAuth(oauth);
    }
  }

  // The scopes of a scheme that is not OAuth 2.0 are unknown to OpenAPI 3.0.
  private void writeBearer(List<String> scopePrefixes) {
    scheme(SERVICE)
        .put("type", "http")
        .put("scheme", "bearer")
        .put(
            "description",
            scopePrefixes.isEmpty()
                ? "An OAuth 2.0 access token."
                : "An OAuth 2.0 access token with the scope %s, depending on the method."
                    .formatted(
                        scopePrefixes.stream()
                            .map("`%s:read`, `:create`, `:update` or `:delete`"::formatted)
                            .collect(Collectors.joining("; or "))));
    for (var operation : securedOperations()) {
      operation.putArray(SECURITY).addObject().putArray(SERVICE);
    }
  }

  private void writeOAuth(CallerTokens.OAuth oauth) {
    var service =
        scheme(SERVICE)
            .put("type", "oauth2")
            .put("description", "A token of a service, for one company (`tenant_id`).")
            .putObject("flows")
            .putObject("clientCredentials")
            .put("tokenUrl", oauth.tokenUrl().toString());
    scopes(service, oauth.scopePrefixes());
    oauth
        .authorizationUrl()
        .ifPresent(url -> {
          var interactive =
              scheme(INTERACTIVE)
                  .put("type", "oauth2")
                  .put("description", "A token of a user.")
                  .putObject("flows")
                  .putObject("authorizationCode")
                  .put("authorizationUrl", url.toString())
                  .put("tokenUrl", oauth.tokenUrl().toString());
          scopes(interactive, oauth.scopePrefixes());
        });
    for (var operation : securedOperations()) {
      var right = operation.at("/security/0/" + SERVICE + "/0").asString();
      var alternatives = operation.putArray(SECURITY);
      require(alternatives, SERVICE, oauth.scopePrefixes(), right);
      if (oauth.authorizationUrl().isPresent()) {
        require(alternatives, INTERACTIVE, oauth.scopePrefixes(), right);
      }
    }
  }

  private ObjectNode scheme(String name) {
    return document.withObject("/components/securitySchemes").putObject(name);
  }

  private static void scopes(ObjectNode flow, List<String> prefixes) {
    var scopes = flow.putObject("scopes");
    for (var prefix : prefixes) {
      METHODS_BY_RIGHT.forEach((right, methods) -> scopes.put(prefix + ":" + right, methods));
    }
  }

  // Which tokens have which prefix is not configured, so each scheme has all of them.
  private static void require(
      ArrayNode alternatives, String scheme, List<String> prefixes, String right) {
    if (prefixes.isEmpty()) {
      alternatives.addObject().putArray(scheme);
    }
    for (var prefix : prefixes) {
      alternatives.addObject().putArray(scheme).add(prefix + ":" + right);
    }
  }

  /// The operations of callers; those of receivers need no token.
  private List<ObjectNode> securedOperations() {
    return document
        .path("paths")
        .valueStream()
        .flatMap(JsonNode::valueStream)
        .filter(ObjectNode.class::isInstance)
        .map(ObjectNode.class::cast)
        .toList();
  }
}
