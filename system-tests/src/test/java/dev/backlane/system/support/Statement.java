package dev.backlane.system.support;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/// One statement of the contract and what shows that it holds.
///
/// @param text the statement, which becomes the test's name
public record Statement(String text, Check check) {
  /// Shows that a statement holds, or throws.
  @FunctionalInterface
  public interface Check {
    void run() throws Exception;
  }

  public static Stream<Arguments> rows(List<Statement> statements) {
    return statements.stream()
        .map(statement -> Arguments.argumentSet(statement.text(), statement.check()));
  }
}
