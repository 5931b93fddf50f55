package dev.backlane.protocol;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The problem of one call (RFC 9457). [Json#bytes] writes it as a problem document.
///
/// @param detail what is wrong with this call, and how to fix it
/// @param instance URI of the affected resource
/// @param extensions further members, in order; values that [Json#bytes] accepts
public record Problem(
    ProblemType type, String detail, @Nullable URI instance, Map<String, Object> extensions) {

  /// The media type of a problem document (RFC 9457 section 3).
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final Set<String> STANDARD_MEMBERS =
      Set.of("type", "title", "status", "detail", "instance");

  /// Throws IllegalArgumentException for an extension named like a standard member.
  public Problem {
    for (String name : extensions.keySet()) {
      if (STANDARD_MEMBERS.contains(name)) {
        throw new IllegalArgumentException("'" + name + "' is a standard member of a problem");
      }
    }
    extensions = Collections.unmodifiableMap(new LinkedHashMap<>(extensions));
  }

  /// A problem without `instance` and further members.
  public Problem(ProblemType type, String detail) {
    this(type, detail, null, Map.of());
  }

  /// The same problem with `uri` as its `instance`.
  public Problem about(URI uri) {
    return new Problem(type, detail, uri, extensions);
  }

  /// The same problem with one more member.
  public Problem with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(extensions);
    more.put(name, value);
    return new Problem(type, detail, instance, more);
  }

  /// Reads a problem document; empty if `json` is not one, or its type is not a [ProblemType].
  public static Optional<Problem> read(byte[] json) {
    Map<?, ?> members;
    try {
      members = Json.read(json, Map.class);
    } catch (MalformedJsonException notJson) {
      return Optional.empty();
    }
    return uri(members.get("type")).flatMap(ProblemType::of).map(type -> from(type, members));
  }

  private static Problem from(ProblemType type, Map<?, ?> members) {
    Map<String, Object> extensions = new LinkedHashMap<>();
    members.forEach((name, value) -> {
      if (value != null && !STANDARD_MEMBERS.contains(String.valueOf(name))) {
        extensions.put(String.valueOf(name), value);
      }
    });
    String detail = members.get("detail") instanceof String text ? text : type.title();
    return new Problem(type, detail, uri(members.get("instance")).orElse(null), extensions);
  }

  private static Optional<URI> uri(@Nullable Object member) {
    try {
      return member instanceof String text ? Optional.of(URI.create(text)) : Optional.empty();
    } catch (IllegalArgumentException notUri) {
      return Optional.empty();
    }
  }

  /// The members in the order of RFC 9457's examples.
  Map<String, Object> members() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", type.uri().toString());
    members.put("title", type.title());
    members.put("status", type.status());
    members.put("detail", detail);
    if (instance != null) {
      members.put("instance", instance.toString());
    }
    members.putAll(extensions);
    return members;
  }
}
