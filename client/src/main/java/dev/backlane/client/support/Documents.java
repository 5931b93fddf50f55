package dev.backlane.client.support;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// Reads the JSON documents of servers. Thread-safe.
public final class Documents {
  /// A document is not what it should be.
  public static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1;

    public MalformedException(String message) {
      super(message);
    }

    MalformedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(new SimpleModule().addDeserializer(Instant.class, new InstantReader()))
          .build();

  private Documents() {}

  /// Reads a document. Members that the type does not have are ignored.
  ///
  /// @throws MalformedException if it is not JSON of this type
  public static <T> T read(byte[] json, Class<T> type) throws MalformedException {
    try {
      T document = MAPPER.readValue(json, type);
      if (document == null) {
        throw new MalformedException(
            "The response is null instead of a "
                + type.getSimpleName()
                + ". Is the base URI that of the API?");
      }
      return document;
    } catch (JacksonException malformed) {
      throw new MalformedException(
          "The response is not a "
              + type.getSimpleName()
              + ": "
              + malformed.getOriginalMessage()
              + ". Is the base URI that of the API?",
          malformed);
    }
  }

  /// What a problem document (RFC 9457) says; empty if the body is not one.
  public static Optional<String> problem(byte[] body) {
    try {
      var json = MAPPER.readTree(body);
      var detail = text(json, "detail");
      return detail.isEmpty() ? text(json, "title") : detail;
    } catch (JacksonException another) {
      return Optional.empty();
    }
  }

  /// A member of a JSON object that is text; empty if there is none.
  public static Optional<String> text(JsonNode json, String member) {
    var value = json.path(member);
    return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
  }

  /// Reads any JSON document.
  ///
  /// @throws MalformedException if it is not JSON
  public static JsonNode tree(byte[] json) throws MalformedException {
    try {
      return MAPPER.readTree(json);
    } catch (JacksonException malformed) {
      throw new MalformedException("The response is not JSON.", malformed);
    }
  }

  /// A time without an offset is in UTC, as the names of the members say.
  private static final class InstantReader extends StdScalarDeserializer<Instant> {
    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser parser, DeserializationContext context) {
      var text = parser.getString();
      try {
        var parsed =
            DateTimeFormatter.ISO_DATE_TIME.parseBest(
                text, OffsetDateTime::from, LocalDateTime::from);
        return parsed instanceof OffsetDateTime zoned
            ? zoned.toInstant()
            : LocalDateTime.from(parsed).toInstant(ZoneOffset.UTC);
      } catch (DateTimeException malformed) {
        return (Instant)
            context.handleWeirdStringValue(Instant.class, text, "not an ISO 8601 date and time");
      }
    }
  }
}
