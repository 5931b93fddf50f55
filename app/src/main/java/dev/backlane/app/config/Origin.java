package dev.backlane.app.config;

/// Where a value was given. Its text begins a problem's line.
sealed interface Origin {

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

  /// A flag of the command line, with its dashes, or an argument where none belongs.
  record InFlag(String name) implements Origin {
    @Override
    public String toString() {
      return (name.startsWith("-") ? "flag " : "argument ") + name;
    }
  }

  /// Given nowhere: a default, or missing.
  record Nowhere() implements Origin {
    @Override
    public String toString() {
      return "configuration";
    }
  }
}
