package dev.backlane.app.config.reader;

/// A setting with its value as text, for an operator to read. The text contains no secret.
///
/// @param value as it is written in the file; a secret is [#MASK]; empty: there is none
/// @param origin where it was set, such as `backlane.yaml:4:3`; empty: it is the default
public record ShownValue(Setting<?> setting, String value, String origin) {
  /// Replaces a secret, whatever its length.
  public static final String MASK = "••••••••";

  /// The text of a given value.
  static ShownValue given(Setting<?> setting, Raw raw) {
    return new ShownValue(setting, text(raw, setting.type()), raw.origin().toString());
  }

  /// The text of the default value.
  static ShownValue ofDefault(Setting<?> setting) {
    return new ShownValue(setting, setting.fallback().orElse(""), "");
  }

  private static String text(Raw raw, ValueType<?> type) {
    return switch (raw) {
      case Raw.Nothing _ -> "";
      case Raw.Text(String text, Raw.Origin _) -> masked(text, type);
      case Raw.Sequence(var items, Raw.Origin _) ->
          "["
              + String.join(", ", items.stream().map(item -> text(item, itemType(type))).toList())
              + "]";
      case Raw.Mapping(var entries, Raw.Origin _) ->
          "{ "
              + String.join(
                  ", ",
                  entries.stream()
                      .map(entry ->
                          entry.key() + ": " + text(entry.value(), fieldType(type, entry.key())))
                      .toList())
              + " }";
    };
  }

  // A query may contain a token, such as that of a webhook.
  private static String masked(String text, ValueType<?> type) {
    if (text.isEmpty()) {
      return text;
    }
    if (type.placeholder().contains(ValueType.SECRET)) {
      return MASK;
    }
    int query = text.indexOf('?');
    return query >= 0 && text.contains("://") ? text.substring(0, query + 1) + MASK : text;
  }

  private static ValueType<?> itemType(ValueType<?> type) {
    return switch (type) {
      case ValueType.Many<?> many -> many.item();
      case ValueType.OneOrMany<?> many -> many.item();
      case ValueType.Scalar<?> _, ValueType.Table _ -> type;
    };
  }

  private static ValueType<?> fieldType(ValueType<?> type, String key) {
    if (type instanceof ValueType.Table(var fields)) {
      for (var field : fields) {
        if (field.key().equals(key)) {
          return field.type();
        }
      }
    }
    return type;
  }
}
