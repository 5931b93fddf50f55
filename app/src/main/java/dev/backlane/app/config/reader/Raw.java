package dev.backlane.app.config.reader;

import java.util.List;

/// A value before parsing, with its place in the configuration.
sealed interface Raw {
  Origin origin();

  /// The kind of the value, for use in a sentence.
  String kind();

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
}
