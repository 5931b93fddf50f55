package dev.backlane.app.config.reader;

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
