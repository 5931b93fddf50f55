package dev.backlane.engine.operation;

/// One header line as it was received: the name in its own letter case, the value untouched. Repeated headers are repeated
/// lines, in order.
public record Header(String name, String value) {
  /// Tells whether the line has this name (case-insensitive, RFC 9110 section 5.1).
  public boolean is(String otherName) {
    return name.equalsIgnoreCase(otherName);
  }
}
