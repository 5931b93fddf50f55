package dev.backlane.app.config.reader;

import java.util.List;
import java.util.stream.IntStream;

/// A value before parsing, with its place in the configuration.
sealed interface Raw {
  Origin origin();

  /// The kind of the value, for use in a sentence.
  String kind();

  /// Whether two values have the same content, wherever they were given.
  static boolean sameContent(Raw one, Raw other) {
    return switch (one) {
      case Text(String text, Origin _) -> other instanceof Text that && text.equals(that.text());
      case Nothing _ -> other instanceof Nothing;
      case Sequence(List<Raw> items, Origin _) ->
          other instanceof Sequence that
              && items.size() == that.items().size()
              && IntStream.range(0, items.size())
                  .allMatch(i -> sameContent(items.get(i), that.items().get(i)));
      case Mapping(List<Entry> entries, Origin _) ->
          other instanceof Mapping that
              && entries.size() == that.entries().size()
              && IntStream.range(0, entries.size())
                  .allMatch(i ->
                      entries.get(i).key().equals(that.entries().get(i).key())
                          && sameContent(entries.get(i).value(), that.entries().get(i).value()));
    };
  }

  /// A single value.
  record Text(String text, Origin origin) implements Raw {
    @Override
    public String kind() {
      return "a single value";
    }
  }

  /// A list.
  record Sequence(List<Raw> items, Origin origin) implements Raw {
    @Override
    public String kind() {
      return "a list";
    }
  }

  /// Keys with their values.
  record Mapping(List<Entry> entries, Origin origin) implements Raw {
    @Override
    public String kind() {
      return "a section of keys";
    }
  }

  /// A key without a value.
  record Nothing(Origin origin) implements Raw {
    @Override
    public String kind() {
      return "empty";
    }
  }

  /// One key of a mapping, with the place of the key.
  record Entry(String key, Origin origin, Raw value) {}

  /// The place where a value was given. A problem starts with its text.
  sealed interface Origin {

    /// A position in a file.
    ///
    /// @param line from 1; 0: the file as a whole
    /// @param column from 1
    record InFile(String file, int line, int column) implements Origin {
      @Override
      public String toString() {
        return line == 0 ? file : file + ":" + line + ":" + column;
      }
    }

    /// An environment variable.
    record InEnvironment(String name) implements Origin {
      @Override
      public String toString() {
        return "environment " + name;
      }
    }

    /// A flag of the command line, with its dashes, or an unexpected argument.
    record InFlag(String name) implements Origin {
      @Override
      public String toString() {
        return (name.startsWith("-") ? "flag " : "argument ") + name;
      }
    }

    /// No place: the value is a default or is missing.
    record Nowhere() implements Origin {
      @Override
      public String toString() {
        return "configuration";
      }
    }
  }
}
