package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.Raw.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The type of a setting: the values that it accepts, and how they are parsed.
public sealed interface ValueType<T> {
  /// The accepted values, as the object of "give": `a whole number from 0 to 65535`.
  String expected();

  /// The placeholder of a secret.
  String SECRET = "SECRET";

  /// The placeholder of the value in a usage line: `N`.
  String placeholder();

  /// Whether the value is a secret.
  default boolean isSecret() {
    return placeholder().equals(SECRET);
  }

  /// Parses a value; empty if it is wrong, which is then reported as a problem.
  Optional<T> read(Raw raw, String key, Problems problems);

  /// Converts the text of a variable or a flag to a raw value.
  Optional<Raw> split(String text, Origin origin, String key, Problems problems);

  /// The text is not a value of the type.
  final class WrongValueException extends Exception {
    private static final long serialVersionUID = 1L;

    /// @param what completes a sentence that begins with the quoted value: `is out of range`
    public WrongValueException(String what) {
      super(what);
    }
  }

  /// Parses one text.
  @FunctionalInterface
  interface Parser<T> {
    T parse(String text) throws WrongValueException;
  }

  /// One value, written as one text.
  ///
  /// @param quotable whether a problem may show the text; false for secrets
  record Scalar<T>(String expected, String placeholder, boolean quotable, Parser<T> parser)
      implements ValueType<T> {
    @Override
    public Optional<T> read(Raw raw, String key, Problems problems) {
      if (!(raw instanceof Raw.Text(String text, Origin origin))) {
        String what =
            raw instanceof Raw.Nothing
                ? "has no value"
                : "is " + raw.kind() + ", not a single value";
        problems.add(
            raw.origin(),
            key,
            what,
            "give " + expected + (raw instanceof Raw.Nothing ? " or remove the key" : ""));
        return Optional.empty();
      }
      try {
        return Optional.of(parser.parse(text));
      } catch (WrongValueException e) {
        problems.add(
            origin,
            key,
            (quotable ? Problems.quote(text) : "the value") + " " + e.getMessage(),
            "give " + expected);
        return Optional.empty();
      }
    }

    @Override
    public Optional<Raw> split(String text, Origin origin, String key, Problems problems) {
      return Optional.of(new Raw.Text(text, origin));
    }
  }

  /// A list of values, separated by commas in the environment and as a flag.
  ///
  /// @param repeats whether a value may occur more than once
  record Many<T>(Scalar<T> item, boolean repeats) implements ValueType<List<T>> {
    /// A list of distinct values.
    public Many(Scalar<T> item) {
      this(item, false);
    }

    @Override
    public String expected() {
      return "a list; each item: " + item.expected();
    }

    @Override
    public String placeholder() {
      return item.placeholder() + ",…";
    }

    @Override
    public Optional<List<T>> read(Raw raw, String key, Problems problems) {
      if (!(raw instanceof Raw.Sequence(List<Raw> items, Origin origin))) {
        problems.add(
            raw.origin(),
            key,
            "is " + raw.kind() + ", not a list",
            "write it as [ … ]: " + expected());
        return Optional.empty();
      }
      List<T> values =
          items.stream().flatMap(each -> item.read(each, key, problems).stream()).toList();
      if (values.size() < items.size()) {
        return Optional.empty();
      }
      if (!repeats && values.stream().distinct().count() < values.size()) {
        problems.add(origin, key, "contains a duplicate item", "keep one of them");
        return Optional.empty();
      }
      return Optional.of(values);
    }

    @Override
    public Optional<Raw> split(String text, Origin origin, String key, Problems problems) {
      List<Raw> items =
          text.isBlank()
              ? List.of()
              : Arrays.stream(text.split(",", -1))
                  .<Raw>map(part -> new Raw.Text(part.strip(), origin))
                  .toList();
      return Optional.of(new Raw.Sequence(items, origin));
    }
  }

  /// One value, written as one text, or a list of distinct values. An empty text is an empty list.
  /// In the environment and as a flag, values are separated by commas.
  record OneOrMany<T>(Scalar<T> item) implements ValueType<List<T>> {
    private Many<T> many() {
      return new Many<>(item);
    }

    @Override
    public String expected() {
      return item.expected() + ", or a list of such values";
    }

    @Override
    public String placeholder() {
      return many().placeholder();
    }

    @Override
    public Optional<List<T>> read(Raw raw, String key, Problems problems) {
      if (raw instanceof Raw.Text(String text, Origin _)) {
        return text.isEmpty()
            ? Optional.of(List.of())
            : item.read(raw, key, problems).map(List::of);
      }
      return many().read(raw, key, problems);
    }

    @Override
    public Optional<Raw> split(String text, Origin origin, String key, Problems problems) {
      return many().split(text, origin, key, problems);
    }
  }

  /// A list of rows with the same fields, written as YAML in the environment and as a flag.
  ///
  /// @param fields the settings of a row; their keys are relative to the row
  record Table(List<Setting<?>> fields) implements ValueType<List<Values>> {
    @Override
    public String expected() {
      return "a list of { " + String.join(", ", fields.stream().map(Setting::key).toList()) + " }";
    }

    @Override
    public String placeholder() {
      return "YAML";
    }

    @Override
    public Optional<List<Values>> read(Raw raw, String key, Problems problems) {
      if (!(raw instanceof Raw.Sequence(List<Raw> items, Origin _))) {
        problems.add(raw.origin(), key, "is " + raw.kind() + ", not a list", "give " + expected());
        return Optional.empty();
      }
      List<Values> rows = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        Values row = new Values(fields, key + "[" + i + "]", items.get(i).origin(), problems);
        row.put(items.get(i));
        if (items.get(i) instanceof Raw.Mapping) {
          rows.add(row); // Any other kind has been reported; rules would report it again.
        }
      }
      return Optional.of(List.copyOf(rows));
    }

    @Override
    public Optional<Raw> split(String text, Origin origin, String key, Problems problems) {
      return text.isBlank()
          ? Optional.of(new Raw.Sequence(List.of(), origin))
          : YamlReader.ofValue(origin, key, text, problems);
    }
  }
}
