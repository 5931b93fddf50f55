package dev.backlane.protocol;

import java.time.Instant;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// Writes and reads the contract's documents. Thread-safe.
///
/// Times are written in the format of [UtcInstant]. An unpaired surrogate, which UTF-8 cannot
/// encode, is written as U+FFFD.
public final class Json {
  /// The media type of a response unless the caller requests `text/json`.
  public static final String MEDIA_TYPE = "application/json";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(new WellFormedText.Serializer())
                  .addSerializer(new UtcInstant.Serializer())
                  .addDeserializer(Instant.class, new UtcInstant.Deserializer()))
          .build();

  private Json() {}

  /// Writes a document as UTF-8 JSON, without insignificant white space.
  ///
  /// @param document a record or [Problem] of this package, any other record, or maps, collections
  ///     and scalars
  public static byte[] bytes(Object document) {
    return MAPPER.writeValueAsBytes(
        document instanceof Problem problem ? problem.members() : document);
  }

  /// Reads a document. Members that `type` does not have are ignored.
  ///
  /// @throws MalformedJsonException if `json` is not JSON, or not of this type
  public static <T> T read(byte[] json, Class<T> type) {
    try {
      T document = MAPPER.readValue(json, type);
      if (document == null) {
        throw new MalformedJsonException("not a " + type.getSimpleName() + ": null");
      }
      return document;
    } catch (JacksonException malformed) {
      throw new MalformedJsonException(
          "not a " + type.getSimpleName() + ": " + malformed.getOriginalMessage(), malformed);
    }
  }
}
