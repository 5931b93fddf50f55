package dev.backlane.protocol;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ser.std.StdScalarSerializer;

/// Replaces each unpaired surrogate by U+FFFD, since UTF-8 cannot encode it. Stateless.
final class WellFormedText {
  private static final char REPLACEMENT = '\uFFFD';

  private WellFormedText() {}

  static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return replaced(text);
      }
    }
    return text;
  }

  private static String replaced(String text) {
    StringBuilder wellFormed = new StringBuilder(text.length());
    text.codePoints()
        .map(point -> isSurrogate(point) ? REPLACEMENT : point)
        .forEach(wellFormed::appendCodePoint);
    return wellFormed.toString();
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  static final class Serializer extends StdScalarSerializer<String> {
    Serializer() {
      super(String.class);
    }

    @Override
    public void serialize(String value, JsonGenerator generator, SerializationContext context) {
      generator.writeString(of(value));
    }
  }
}
