package dev.backlane.protocol;

import java.time.Instant;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// Writes and reads the contract's documents. Thread-safe.
///
/// State, accepted and notification documents are written by hand ([JsonWriter]);
/// everything else goes through Jackson.
public final class Json {
  /// The media type that is answered where the caller does not ask for `text/json`.
  public static final String MEDIA_TYPE = "application/json";

  private static final int STATE_BYTES_TYPICAL = 1024;
  private static final int SMALL_BYTES_TYPICAL = 512;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(new UtcInstant.Serializer())
                  .addDeserializer(Instant.class, new UtcInstant.Deserializer()))
          .build();

  private Json() {}

  /// The document as UTF-8 JSON, without insignificant white space.
  ///
  /// @param document one of this package's, a record, or maps, collections and scalars
  public static byte[] bytes(Object document) {
    return switch (document) {
      case BackgroundRequestStateDto state -> state(state);
      case BackgroundApiAcceptedDto accepted -> accepted(accepted);
      case NotificationDto notification -> notification(notification);
      case BackgroundRequestPage page -> page(page);
      case Problem problem -> MAPPER.writeValueAsBytes(problem.members());
      default -> MAPPER.writeValueAsBytes(document);
    };
  }

  /// The document in `json`; members that `type` does not know are passed over.
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

  private static byte[] state(BackgroundRequestStateDto state) {
    JsonWriter writer = new JsonWriter(STATE_BYTES_TYPICAL);
    write(state, writer);
    return writer.bytes();
  }

  private static byte[] page(BackgroundRequestPage page) {
    JsonWriter writer = new JsonWriter(STATE_BYTES_TYPICAL * (page.items().size() + 1));
    writer.beginObject().beginArray("items");
    for (BackgroundRequestStateDto item : page.items()) {
      writer.element();
      write(item, writer);
    }
    return writer.endArray().field("nextCursor", page.nextCursor()).endObject().bytes();
  }

  private static void write(BackgroundRequestStateDto state, JsonWriter writer) {
    writer
        .beginObject()
        .field("id", state.id())
        .field("status", state.status().wire())
        .field("statusCode", state.statusCode())
        .field("receivedUtc", state.receivedUtc())
        .field("startedUtc", state.startedUtc())
        .field("finishedUtc", state.finishedUtc())
        .field("webhookAddress", state.webhookAddress())
        .field("errorMessage", state.errorMessage())
        .field("reference", state.reference())
        .field("originalUri", state.originalUri())
        .field("hasRequestContent", state.hasRequestContent())
        .field("hasResponseContent", state.hasResponseContent())
        .field("contentLocation", state.contentLocation())
        .beginObject("responseHeaders");
    state.responseHeaders().forEach(writer::field);
    writer
        .endObject()
        .field("phase", state.phase().wire())
        .field("attempt", state.attempt())
        .endObject();
  }

  private static byte[] accepted(BackgroundApiAcceptedDto accepted) {
    return new JsonWriter(SMALL_BYTES_TYPICAL)
        .beginObject()
        .field("id", accepted.id())
        .field("stateLocation", accepted.stateLocation())
        .field("contentLocation", accepted.contentLocation())
        .endObject()
        .bytes();
  }

  private static byte[] notification(NotificationDto notification) {
    return new JsonWriter(SMALL_BYTES_TYPICAL)
        .beginObject()
        .field("id", notification.id())
        .field("reference", notification.reference())
        .field("status", notification.status().wire())
        .field("statusCode", notification.statusCode())
        .field("stateLocation", notification.stateLocation())
        .field("contentLocation", notification.contentLocation())
        .field("eventType", notification.eventType())
        .field("occurredUtc", notification.occurredUtc())
        .endObject()
        .bytes();
  }
}
