package dev.backlane.app.config;

import java.util.List;
import java.util.stream.Collectors;

/// The configuration cannot be used; its message has one line per problem.
public final class InvalidConfigException extends Exception {
  private static final long serialVersionUID = 1L;
  private final List<String> lines;

  InvalidConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.lines = problems.stream().map(Problem::toString).toList();
  }

  /// Where, what and the mend of each problem, in the order of the file, the environment and the flags.
  public List<String> lines() {
    return lines;
  }
}
