package dev.backlane.client;

import dev.backlane.client.support.Documents;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;

/// The content of an ended operation. Each method fetches it from the server again. Thread-safe.
public final class Content {
  /// Opens the content.
  @FunctionalInterface
  interface Source {
    InputStream open() throws IOException, InterruptedException;
  }

  private final Source source;
  private final String contentType;

  Content(Source source, String contentType) {
    this.source = source;
    this.contentType = contentType;
  }

  static Content empty() {
    return new Content(InputStream::nullInputStream, "");
  }

  /// Its `Content-Type`; empty if it has none.
  public String contentType() {
    return contentType;
  }

  /// Opens the content as a stream, which the caller closes.
  ///
  /// @throws ApiException if it is refused, for example 410 after the retention
  public InputStream stream() throws IOException, InterruptedException {
    return source.open();
  }

  /// Reads the whole content into memory.
  public byte[] bytes() throws IOException, InterruptedException {
    try (var in = stream()) {
      return in.readAllBytes();
    }
  }

  /// Reads the whole content as text, in the charset of its `Content-Type`; UTF-8 if that has none.
  public String text() throws IOException, InterruptedException {
    return new String(bytes(), charset(contentType));
  }

  /// Reads the whole content as JSON. Members that the type does not have are ignored.
  ///
  /// @throws IOException if it is not JSON of this type
  public <T> T as(Class<T> type) throws IOException, InterruptedException {
    return Documents.read(bytes(), type);
  }

  private static Charset charset(String contentType) {
    for (var parameter : contentType.split(";", -1)) {
      var text = parameter.strip();
      if (text.toLowerCase(Locale.ROOT).startsWith("charset=")) {
        try {
          return Charset.forName(text.substring("charset=".length()).replace("\"", ""));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
          return StandardCharsets.UTF_8;
        }
      }
    }
    return StandardCharsets.UTF_8;
  }

  /// The media type; never the content.
  @Override
  public String toString() {
    return "Content[" + contentType + "]";
  }
}
