package dev.backlane.protocol;

import java.time.Instant;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// Writes and reads the contract's documents. Thread-safe.
///
/// Times are written as [UtcInstant] has it. An unpaired surrogate, which UTF-8 cannot hold, is
/// written as U+FFFD.
public final class Json {
  /// The media type of a response where the caller does not ask for `text/json`.
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

  /// The document as UTF-8 JSON, without insignificant white space.
  ///
  /// @param document one of this package's, a record, or maps, collections and scalars
  public static byte[] bytes(Object document) {
    return MAPPER.writeValueAsBytes(
        document instanceof Problem problem ? problem.members() : document);
  }

  /// The document in `json`; members that `type` does not know are ignored.
  ///
  /// @throws MalformedJsonException where `json` is not JSON, or not of this type
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
