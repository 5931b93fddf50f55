package dev.backlane.app.config;

import java.util.List;

/// A value as it was given, not yet understood, with the place it was given at.
sealed interface Raw {
  Origin origin();

  /// What it is, for a sentence.
  String kind();

  record Text(String text, Origin origin) implements Raw {
    @Override
    public String kind() {
      return "a single value";
    }
  }

  record Sequence(List<Raw> items, Origin origin) implements Raw {
    @Override
    public String kind() {
      return "a list";
    }
  }

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

  record Entry(String key, Origin origin, Raw value) {}
}
