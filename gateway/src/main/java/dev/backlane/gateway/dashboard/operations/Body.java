package dev.backlane.gateway.dashboard.operations;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The beginning of a body as text, by its content type.
///
/// @param text the preview: JSON indented, other text as it is, and bytes in hexadecimal
/// @param kind what the preview is
/// @param shown bytes of the body that it shows
/// @param length bytes of the whole body
public record Body(String text, Kind kind, long shown, long length) {
  /// The most bytes that are shown, 16 KiB.
  static final int SHOWN_BYTES_MAX = 16 * 1024;

  private static final int HEX_BYTES_MAX = 512;
  private static final int HEX_BYTES_PER_LINE = 16;
  private static final Pattern CHARSET =
      Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern JSON = Pattern.compile("application/(.+\\+)?json|text/json");
  private static final Pattern TEXT =
      Pattern.compile(
          "text/.*|application/(.+\\+)?(xml|yaml)|application/(x-www-form-urlencoded|javascript|x-ndjson)");
  private static final JsonMapper INDENTED = JsonMapper.builder().build();

  /// What a preview is.
  public enum Kind {
    /// JSON, indented.
    JSON,
    /// Text as it is.
    TEXT,
    /// Bytes in hexadecimal.
    BYTES
  }

  /// Whether the preview is only a part of the body.
  public boolean partial() {
    return shown < length;
  }

  /// Reads the beginning of a body.
  ///
  /// @param headers of the message that it belongs to
  /// @throws StoreException if it cannot be read
  static Body read(StoredContent content, List<Header> headers) {
    byte[] stored = beginning(content);
    var type = value(headers, "Content-Type").toLowerCase(Locale.ROOT);
    var media = type.contains(";") ? type.substring(0, type.indexOf(';')).strip() : type.strip();
    byte[] bytes = decoded(stored, value(headers, "Content-Encoding"));
    boolean whole = stored.length == content.length() && bytes.length < SHOWN_BYTES_MAX;
    if (JSON.matcher(media).matches() && whole) {
      var indented = indented(bytes);
      if (indented.isPresent()) {
        return new Body(indented.get(), Kind.JSON, stored.length, content.length());
      }
    }
    if (JSON.matcher(media).matches() || TEXT.matcher(media).matches()) {
      return new Body(new String(bytes, charset(type)), Kind.TEXT, stored.length, content.length());
    }
    int shown = Math.min(stored.length, HEX_BYTES_MAX);
    return new Body(hexadecimal(stored, shown), Kind.BYTES, shown, content.length());
  }

  private static byte[] beginning(StoredContent content) {
    try (var in = content.open(0)) {
      return in.readNBytes(SHOWN_BYTES_MAX);
    } catch (IOException failed) {
      if (failed.getCause() instanceof StoreException cause) {
        throw cause;
      }
      throw new StoreException("a stored content cannot be read: " + failed.getMessage(), failed);
    }
  }

  private static String value(List<Header> headers, String name) {
    return headers.stream().filter(each -> each.is(name)).map(Header::value).findFirst().orElse("");
  }

  // A body that was stored compressed is shown as it was before; its end may be missing.
  private static byte[] decoded(byte[] bytes, String encoding) {
    if (!encoding.strip().equalsIgnoreCase("gzip")) {
      return bytes;
    }
    byte[] plain = new byte[SHOWN_BYTES_MAX];
    int length = 0;
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      int read = in.read(plain, length, plain.length - length);
      while (read > 0) {
        length += read;
        read = in.read(plain, length, plain.length - length);
      }
    } catch (IOException incomplete) {
      if (length == 0) {
        return bytes;
      }
    }
    return Arrays.copyOf(plain, length);
  }

  private static Optional<String> indented(byte[] json) {
    try {
      return Optional.of(
          INDENTED.writerWithDefaultPrettyPrinter().writeValueAsString(INDENTED.readTree(json)));
    } catch (JacksonException malformed) {
      return Optional.empty();
    }
  }

  private static Charset charset(String type) {
    var named = CHARSET.matcher(type);
    if (!named.find()) {
      return UTF_8;
    }
    try {
      return Charset.forName(named.group(1));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
      return UTF_8;
    }
  }

  private static String hexadecimal(byte[] bytes, int length) {
    var dump = new StringBuilder();
    var hex = HexFormat.ofDelimiter(" ");
    for (int at = 0; at < length; at += HEX_BYTES_PER_LINE) {
      int end = Math.min(length, at + HEX_BYTES_PER_LINE);
      var text = new String(bytes, at, end - at, ISO_8859_1).replaceAll("[^ -~]", ".");
      dump.append("%04x  %-47s  %s\n".formatted(at, hex.formatHex(bytes, at, end), text));
    }
    return dump.toString();
  }
}
