package dev.backlane.app.config;

/// A secret text whose `toString` tells nothing, so that it cannot slip into a log.
///
/// @param value the secret itself; not empty
public record Secret(String value) {
  public Secret {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("a secret is not empty");
    }
  }

  /// The same for every secret.
  @Override
  public String toString() {
    return "Secret[redacted]";
  }
}
