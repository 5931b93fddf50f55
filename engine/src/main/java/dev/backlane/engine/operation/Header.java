package dev.backlane.engine.operation;

/// One header field as received: the name in its original case, the value unchanged. A repeated
/// header is several fields, in order.
public record Header(String name, String value) {
  /// Whether the field has this name (case-insensitive, RFC 9110 section 5.1).
  public boolean is(String otherName) {
    return name.equalsIgnoreCase(otherName);
  }
}
