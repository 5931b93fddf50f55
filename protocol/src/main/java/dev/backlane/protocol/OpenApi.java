package dev.backlane.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The OpenAPI 3.0.3 document of the Background API: the documented operations under their
/// documented names, and the additions of Backlane. Its source is the resource `openapi.json`.
public final class OpenApi {
  private static final String RESOURCE = "openapi.json";

  private OpenApi() {}

  /// The document, in JSON.
  ///
  /// @param publicUrl the URL of its only server entry
  public static byte[] document(URI publicUrl) {
    var mapper = JsonMapper.builder().build();
    var document = (ObjectNode) mapper.readTree(resource());
    document.putArray("servers").addObject().put("url", publicUrl.toString());
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(document);
  }

  private static byte[] resource() {
    try (var in = OpenApi.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the jar");
      }
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(RESOURCE + " cannot be read", unreadable);
    }
  }
}
