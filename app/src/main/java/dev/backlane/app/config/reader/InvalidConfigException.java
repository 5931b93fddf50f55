package dev.backlane.app.config.reader;

import java.util.List;

/// The configuration is invalid. The message has one line per problem.
public final class InvalidConfigException extends Exception {
  private static final long serialVersionUID = 1L;
  private final List<String> lines;

  InvalidConfigException(List<String> lines) {
    super(String.join("\n", lines));
    this.lines = List.copyOf(lines);
  }

  /// Place, key, problem and fix, one line each, in the order of the file, the environment and the
  /// flags.
  public List<String> lines() {
    return lines;
  }
}
