package dev.backlane.protocol;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.ser.std.StdScalarSerializer;

/// Formats points in time as the contract requires: ISO 8601, UTC, `Z`, truncated to microseconds,
/// the precision of databases and most client languages.
final class UtcInstant {
  private UtcInstant() {}

  /// Formats a point in time.
  static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS).toString();
  }

  /// Parses a point in time. Without an offset it is in UTC, as the names of the fields imply.
  ///
  /// @throws DateTimeException if it is not an ISO 8601 date and time
  static Instant parse(String text) {
    TemporalAccessor parsed =
        DateTimeFormatter.ISO_DATE_TIME.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
    return parsed instanceof OffsetDateTime zoned
        ? zoned.toInstant()
        : LocalDateTime.from(parsed).toInstant(ZoneOffset.UTC);
  }

  static final class Serializer extends StdScalarSerializer<Instant> {
    Serializer() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant value, JsonGenerator generator, SerializationContext context) {
      generator.writeString(text(value));
    }
  }

  static final class Deserializer extends StdScalarDeserializer<Instant> {
    Deserializer() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser parser, DeserializationContext context) {
      String text = parser.getString();
      try {
        return parse(text);
      } catch (DateTimeException malformed) {
        return (Instant)
            context.handleWeirdStringValue(Instant.class, text, "not an ISO 8601 date and time");
      }
    }
  }
}
