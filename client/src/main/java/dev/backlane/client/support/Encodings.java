package dev.backlane.client.support;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/// Decodes contents that a server sent compressed. Stateless.
public final class Encodings {
  private Encodings() {}

  /// Decodes a content.
  ///
  /// @param encoding the value of `Content-Encoding`; empty if there is none
  /// @throws IOException if it is not `gzip`, or the content is damaged
  public static byte[] decoded(byte[] content, String encoding) throws IOException {
    return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
      case "", "identity" -> content;
      case "gzip", "x-gzip" -> {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(content))) {
          yield in.readAllBytes();
        }
      }
      default ->
          throw new IOException(
              "The content has the Content-Encoding "
                  + encoding
                  + ", which is not decoded here. Read its bytes, or do not ask for this encoding.");
    };
  }
}
