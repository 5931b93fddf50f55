package dev.backlane.protocol.openapi;

import java.util.Arrays;

/// What an OpenAPI document contains.
public enum Profile {
  /// The documented operations and everything that Backlane adds.
  COMPLETE("complete", "openapi.json"),
  /// The documented API alone, with its exact names and types, so that a client that is generated
  /// from it has the documented method signatures. The notification is a reusable path item, since
  /// generators make methods of webhooks.
  DOCUMENTED("documented", "openapi-documented.json");

  /// The names, for the problem document of an unknown one.
  public static final String NAMES = "'complete' or 'documented'";

  private final String wire;
  private final String resource;

  Profile(String wire, String resource) {
    this.wire = wire;
    this.resource = resource;
  }

  /// The profile of a name.
  ///
  /// @throws IllegalArgumentException if no profile has it
  public static Profile of(String name) {
    return Arrays.stream(values())
        .filter(profile -> profile.wire.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("profile is " + NAMES + ", not " + name));
  }

  /// The name in a query.
  public String wire() {
    return wire;
  }

  String resource() {
    return resource;
  }
}
