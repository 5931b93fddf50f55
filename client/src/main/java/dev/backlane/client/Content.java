package dev.backlane.client;

import dev.backlane.client.support.Documents;
import dev.backlane.client.support.Encodings;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;

/// The content of an ended operation. Each method fetches it from the server again; if a connection
/// fails in the middle, it continues there. Thread-safe.
public final class Content {
  /// Opens the content.
  @FunctionalInterface
  interface Source {
    InputStream open() throws IOException, InterruptedException;
  }

  private final Source source;
  private final String contentType;
  private final String contentEncoding;

  Content(Source source, HttpHeaders headers) {
    this.source = source;
    this.contentType = headers.firstValue("Content-Type").orElse("");
    this.contentEncoding = headers.firstValue("Content-Encoding").orElse("");
  }

  static Content empty(HttpHeaders headers) {
    return new Content(InputStream::nullInputStream, headers);
  }

  /// Its `Content-Type`; empty if it has none.
  public String contentType() {
    return contentType;
  }

  /// Opens the content as a stream, byte for byte, which the caller closes. The stream is for one
  /// thread.
  ///
  /// @throws dev.backlane.client.documented.ApiException if it is refused, for example 410 after
  ///     the retention
  public InputStream stream() throws IOException, InterruptedException {
    return source.open();
  }

  /// Reads the whole content into memory, byte for byte.
  public byte[] bytes() throws IOException, InterruptedException {
    try (var in = stream()) {
      return in.readAllBytes();
    }
  }

  /// Reads the whole content as text, in the charset of its `Content-Type`; UTF-8 if that has none.
  /// The `Content-Encoding` `gzip` is decoded.
  ///
  /// @throws IOException if it has another `Content-Encoding`
  public String text() throws IOException, InterruptedException {
    return new String(decoded(), charset(contentType));
  }

  /// Reads the whole content as JSON. Members that the type does not have are ignored. The
  /// `Content-Encoding` `gzip` is decoded.
  ///
  /// @throws IOException if it is not JSON of this type, or has another `Content-Encoding`
  public <T> T as(Class<T> type) throws IOException, InterruptedException {
    return Documents.read(decoded(), type);
  }

  private byte[] decoded() throws IOException, InterruptedException {
    byte[] bytes = bytes();
    return bytes.length == 0 ? bytes : Encodings.decoded(bytes, contentEncoding);
  }

  private static Charset charset(String contentType) {
    for (var parameter : contentType.split(";", -1)) {
      var text = parameter.strip();
      if (text.toLowerCase(Locale.ROOT).startsWith("charset=")) {
        try {
          return Charset.forName(text.substring("charset=".length()).replace("\"", "").strip());
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
