package dev.backlane.protocol;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Writes one JSON object as UTF-8 (RFC 8259). For one thread; the caller balances begins and ends.
///
/// An unpaired surrogate, which UTF-8 cannot hold, becomes U+FFFD.
final class JsonWriter {
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final byte[] NULL = ascii("null");
  private static final byte[] TRUE = ascii("true");
  private static final byte[] FALSE = ascii("false");

  /// A char takes at most 6 bytes, as `\\u001f`.
  private static final int BYTES_PER_CHAR_MAX = 6;

  private static final char REPLACEMENT = '\uFFFD';

  /// Years that ISO 8601 writes with four digits.
  private static final long FOUR_DIGIT_YEARS_SECONDS_MIN = -62_167_219_200L;

  private static final long FOUR_DIGIT_YEARS_SECONDS_MAX = 253_402_300_799L;

  private byte[] bytes;
  private int length;
  private boolean comma;

  JsonWriter(int bytesTypical) {
    bytes = new byte[bytesTypical];
  }

  JsonWriter beginObject() {
    return begin('{');
  }

  JsonWriter beginObject(String name) {
    name(name);
    return begin('{');
  }

  JsonWriter beginArray(String name) {
    name(name);
    return begin('[');
  }

  JsonWriter endObject() {
    return end('}');
  }

  JsonWriter endArray() {
    return end(']');
  }

  /// Comes before each value in an array.
  void element() {
    separate();
    comma = false;
  }

  JsonWriter field(String name, @Nullable String value) {
    name(name);
    if (value == null) {
      raw(NULL);
    } else {
      string(value);
    }
    return this;
  }

  JsonWriter field(String name, int value) {
    name(name);
    raw(ascii(Integer.toString(value)));
    return this;
  }

  JsonWriter field(String name, boolean value) {
    name(name);
    raw(value ? TRUE : FALSE);
    return this;
  }

  JsonWriter field(String name, @Nullable Instant value) {
    name(name);
    if (value == null) {
      raw(NULL);
    } else if (value.getEpochSecond() < FOUR_DIGIT_YEARS_SECONDS_MIN
        || value.getEpochSecond() > FOUR_DIGIT_YEARS_SECONDS_MAX) {
      string(UtcInstant.text(value));
    } else {
      instant(value);
    }
    return this;
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }

  private JsonWriter begin(char bracket) {
    reserve(1);
    bytes[length++] = (byte) bracket;
    comma = false;
    return this;
  }

  private JsonWriter end(char bracket) {
    reserve(1);
    bytes[length++] = (byte) bracket;
    comma = true;
    return this;
  }

  private void name(String name) {
    separate();
    string(name);
    reserve(1);
    bytes[length++] = ':';
  }

  private void separate() {
    if (comma) {
      reserve(1);
      bytes[length++] = ',';
    }
    comma = true;
  }

  private void raw(byte[] ascii) {
    reserve(ascii.length);
    System.arraycopy(ascii, 0, bytes, length, ascii.length);
    length += ascii.length;
  }

  private void string(String text) {
    reserve(text.length() * BYTES_PER_CHAR_MAX + 2);
    byte[] to = bytes;
    int at = length;
    to[at++] = '"';
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
        to[at++] = (byte) c;
      } else if (c < 0x80) {
        at = escape(c, to, at);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        at = supplementary(Character.toCodePoint(c, text.charAt(++i)), to, at);
      } else {
        at = multibyte(Character.isSurrogate(c) ? REPLACEMENT : c, to, at);
      }
    }
    to[at++] = '"';
    length = at;
  }

  private static int escape(char c, byte[] to, int from) {
    int at = from;
    to[at++] = '\\';
    switch (c) {
      case '"', '\\' -> to[at++] = (byte) c;
      case '\n' -> to[at++] = 'n';
      case '\r' -> to[at++] = 'r';
      case '\t' -> to[at++] = 't';
      default -> {
        to[at++] = 'u';
        to[at++] = '0';
        to[at++] = '0';
        to[at++] = HEX[c >> 4];
        to[at++] = HEX[c & 0xF];
      }
    }
    return at;
  }

  private static int multibyte(char c, byte[] to, int from) {
    int at = from;
    if (c < 0x800) {
      to[at++] = (byte) (0xC0 | c >> 6);
    } else {
      to[at++] = (byte) (0xE0 | c >> 12);
      to[at++] = (byte) (0x80 | c >> 6 & 0x3F);
    }
    to[at++] = (byte) (0x80 | c & 0x3F);
    return at;
  }

  private static int supplementary(int codePoint, byte[] to, int from) {
    int at = from;
    to[at++] = (byte) (0xF0 | codePoint >> 18);
    to[at++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
    to[at++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
    to[at++] = (byte) (0x80 | codePoint & 0x3F);
    return at;
  }

  /// Writes what [UtcInstant#text] gives, without its formatter.
  private void instant(Instant value) {
    LocalDateTime utc =
        LocalDateTime.ofEpochSecond(value.getEpochSecond(), value.getNano(), ZoneOffset.UTC);
    reserve("\"0000-00-00T00:00:00.000000Z\"".length());
    bytes[length++] = '"';
    digits(utc.getYear(), 4, '-');
    digits(utc.getMonthValue(), 2, '-');
    digits(utc.getDayOfMonth(), 2, 'T');
    digits(utc.getHour(), 2, ':');
    digits(utc.getMinute(), 2, ':');
    int micros = utc.getNano() / 1_000;
    if (micros == 0) {
      digits(utc.getSecond(), 2, 'Z');
    } else {
      digits(utc.getSecond(), 2, '.');
      if (micros % 1_000 == 0) {
        digits(micros / 1_000, 3, 'Z');
      } else {
        digits(micros, 6, 'Z');
      }
    }
    bytes[length++] = '"';
  }

  private void digits(int number, int width, char after) {
    int rest = number;
    for (int at = length + width - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += width;
    bytes[length++] = (byte) after;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
