package dev.backlane.protocol.openapi;

import java.util.Arrays;

/// The version of the OpenAPI Specification that a document follows.
public enum Version {
  /// OpenAPI 3.1, which has webhooks and JSON Schema 2020-12.
  V3_1("3.1"),
  /// OpenAPI 3.0, for tools that do not read 3.1.
  V3_0("3.0");

  /// The names, for the problem document of an unknown one.
  public static final String NAMES = "'3.1' or '3.0'";

  private final String wire;

  Version(String wire) {
    this.wire = wire;
  }

  /// The version of a name.
  ///
  /// @throws IllegalArgumentException if no version has it
  public static Version of(String name) {
    return Arrays.stream(values())
        .filter(version -> version.wire.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("version is " + NAMES + ", not " + name));
  }

  /// The name in a query.
  public String wire() {
    return wire;
  }
}
