package dev.backlane.protocol.webhook;

import java.util.Base64;
import java.util.random.RandomGenerator;

/// A key that signs notifications, `whsec_<base64>` as Standard Webhooks defines it. Its `toString`
/// is redacted.
///
/// @param value the secret as it is shown once to the owner of the receiver
public record WebhookSecret(String value) {
  /// The prefix of every secret.
  public static final String PREFIX = "whsec_";

  /// The minimum length of a key (Standard Webhooks, "Signature scheme").
  static final int KEY_BYTES_MIN = 24;

  /// The maximum length of a key.
  static final int KEY_BYTES_MAX = 64;

  private static final int KEY_BYTES_GENERATED = 32;

  /// Throws IllegalArgumentException if it is malformed, with a message that names the fix and not
  /// the secret.
  public WebhookSecret {
    int bytes = decoded(value).length;
    if (bytes < KEY_BYTES_MIN || bytes > KEY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a webhook secret holds "
              + KEY_BYTES_MIN
              + " to "
              + KEY_BYTES_MAX
              + " bytes, this one "
              + bytes);
    }
  }

  /// Generates a secret of 32 bytes.
  ///
  /// @param random in production a `SecureRandom`
  public static WebhookSecret generate(RandomGenerator random) {
    byte[] key = new byte[KEY_BYTES_GENERATED];
    random.nextBytes(key);
    return new WebhookSecret(PREFIX + Base64.getEncoder().encodeToString(key));
  }

  /// The key of `webhook-signature`; a new copy.
  byte[] key() {
    return decoded(value);
  }

  /// Reveals nothing of the secret.
  @Override
  public String toString() {
    return "WebhookSecret[redacted]";
  }

  private static byte[] decoded(String value) {
    if (!value.startsWith(PREFIX)) {
      throw new IllegalArgumentException("a webhook secret starts with '" + PREFIX + "'");
    }
    try {
      return Base64.getDecoder().decode(value.substring(PREFIX.length()));
    } catch (IllegalArgumentException malformed) {
      // Without the cause, whose message quotes a character of the secret.
      throw new IllegalArgumentException("a webhook secret is base64 after '" + PREFIX + "'");
    }
  }
}
