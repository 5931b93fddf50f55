package dev.backlane.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/// A Markdown table. Not thread-safe.
public final class MarkdownTable {
  private final int columns;
  private final List<String> lines = new ArrayList<>();

  public MarkdownTable(String... head) {
    this.columns = head.length;
    row(head);
    lines.add("| --- ".repeat(columns) + "|");
  }

  /// Adds a row.
  public MarkdownTable row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells in " + columns + " columns");
    }
    lines.add("| " + String.join(" | ", cells) + " |");
    return this;
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
