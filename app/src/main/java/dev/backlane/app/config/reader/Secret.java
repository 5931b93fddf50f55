package dev.backlane.app.config.reader;

/// A secret text whose `toString` is redacted, so that it does not reach a log.
///
/// @param value the secret in plain text; not empty
public record Secret(String value) {
  public Secret {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("a secret must not be empty");
    }
  }

  /// The same for every secret.
  @Override
  public String toString() {
    return "Secret[redacted]";
  }
}
