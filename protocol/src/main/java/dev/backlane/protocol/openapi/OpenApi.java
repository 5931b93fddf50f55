package dev.backlane.protocol.openapi;

import dev.backlane.protocol.ProblemType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Arrays;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The OpenAPI documents of the Background API, and that of the admin API. Their sources are the
/// resources `openapi.json`, `openapi-documented.json` and `openapi-admin.json`, in OpenAPI 3.1;
/// servers, security schemes and the list of problem types are added here. Stateless.
public final class OpenApi {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private OpenApi() {}

  /// A document, in JSON.
  ///
  /// @param settings what it has from the configuration
  public static byte[] document(Profile profile, Version version, OpenApiSettings settings) {
    var document = (ObjectNode) MAPPER.readTree(source(profile.resource()));
    document.putArray("servers").addObject().put("url", settings.publicUrl().toString());
    new SecuritySchemes(document).write(settings.tokens());
    if (document.at("/components/parameters/DocumentedSignature") instanceof ObjectNode header) {
      header.put("name", settings.signatureHeader());
    }
    if (document.at("/components/schemas/Problem/properties/type") instanceof ObjectNode type) {
      describeProblemTypes(type);
    }
    if (version == Version.V3_0) {
      OpenApi30.rewrite(document);
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(document);
  }

  /// The document of the admin API, in JSON and OpenAPI 3.1.
  ///
  /// @param url at which operators reach the gateway
  public static byte[] admin(URI url) {
    var document = (ObjectNode) MAPPER.readTree(source("openapi-admin.json"));
    document.putArray("servers").addObject().put("url", url.toString());
    if (document.at("/components/schemas/Problem/properties/type") instanceof ObjectNode type) {
      describeProblemTypes(type);
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(document);
  }

  private static void describeProblemTypes(ObjectNode schema) {
    var uris = schema.putArray("enum");
    for (var type : ProblemType.values()) {
      uris.add(type.uri().toString());
    }
    schema.put(
        "description",
        Arrays.stream(ProblemType.values())
            .map(type -> "- `%s` (%d): %s".formatted(type.slug(), type.status(), type.meaning()))
            .collect(Collectors.joining("\n", "The kind of the problem.\n\n", "")));
  }

  private static byte[] source(String resource) {
    try (var in = OpenApi.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the jar");
      }
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(resource + " cannot be read", unreadable);
    }
  }
}
