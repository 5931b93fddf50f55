package dev.backlane.gateway.http;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.MalformedJsonException;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The members of a request's JSON object. Immutable.
public final class JsonBody {
  private static final int BYTES_MAX = 64 * 1024;

  private final Map<?, ?> members;

  private JsonBody(Map<?, ?> members) {
    this.members = members;
  }

  /// Reads a request's content; if there is none, an object without members.
  ///
  /// @param known the members that are supported
  /// @throws ProblemException if it is not a JSON object, over 64 KiB, or has another member
  public static JsonBody of(Call call, Set<String> known) {
    var body = new JsonBody(members(SmallBody.read(call, "body", BYTES_MAX)));
    for (Object name : body.members.keySet()) {
      if (!known.contains(String.valueOf(name))) {
        throw wrong("The member '" + name + "' is not supported here. Supported: " + known + ".");
      }
    }
    return body;
  }

  private static Map<?, ?> members(byte[] bytes) {
    if (bytes.length == 0) {
      return Map.of();
    }
    try {
      return Json.read(bytes, Map.class);
    } catch (MalformedJsonException malformed) {
      throw wrong("The body is not a JSON object: " + malformed.getMessage());
    }
  }

  /// A text; empty if the member is missing or null.
  public Optional<String> text(String name) {
    return member(name, String.class, "a text");
  }

  /// True or false; empty if the member is missing or null.
  public Optional<Boolean> truth(String name) {
    return member(name, Boolean.class, "true or false");
  }

  /// A list of texts; empty if the member is missing or null.
  public Optional<List<String>> texts(String name) {
    return member(name, List.class, "a list of texts")
        .map(list -> {
          for (Object each : list) {
            if (!(each instanceof String)) {
              throw wrong("The member '" + name + "' is not a list of texts.");
            }
          }
          return ((List<?>) list).stream().map(String::valueOf).toList();
        });
  }

  private <T> Optional<T> member(String name, Class<T> type, String expected) {
    Object value = members.get(name);
    if (value != null && !type.isInstance(value)) {
      throw wrong("The member '" + name + "' is not " + expected + ".");
    }
    return Optional.ofNullable(value).map(type::cast);
  }

  private static ProblemException wrong(String detail) {
    return new ProblemException(ProblemType.INVALID_REQUEST, detail);
  }
}
