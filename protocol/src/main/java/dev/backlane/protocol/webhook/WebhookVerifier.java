package dev.backlane.protocol.webhook;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Verifies signatures of [WebhookSignature] at the receiver. Immutable and thread-safe; compares
/// in constant time.
public final class WebhookVerifier {
  /// The largest difference between a message's time and the receiver's clock in either direction,
  /// as in the libraries of Standard Webhooks.
  public static final Duration TOLERANCE = Duration.ofMinutes(5);

  private static final int TIMESTAMP_DIGITS_MAX = 12;

  private final List<WebhookSecret> secrets;
  private final InstantSource clock;

  /// @param secrets the secrets that may have signed a message; at least one
  /// @param clock the clock of the receiver
  public WebhookVerifier(List<WebhookSecret> secrets, InstantSource clock) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("a verifier needs a secret");
    }
    this.secrets = List.copyOf(secrets);
    this.clock = clock;
  }

  /// The result of verifying a message.
  public enum Result {
    /// Signed with one of the secrets, and sent within the tolerance.
    GENUINE,
    /// A header field is malformed.
    MALFORMED,
    /// It was sent more than 5 minutes ago: possibly a replay. The signature was not checked.
    TOO_OLD,
    /// Its time is more than 5 minutes in the future: a clock is wrong.
    TOO_NEW,
    /// Signed with none of the secrets, or altered in transit.
    FORGED
  }

  /// Verifies the three header fields of Standard Webhooks against the body as received.
  ///
  /// @param signatures one or more `v1,<base64>`, separated by spaces; other versions are ignored
  public Result verify(String messageId, String timestamp, String signatures, byte[] body) {
    Optional<Instant> sentAt = seconds(timestamp);
    if (sentAt.isEmpty() || messageId.isEmpty() || messageId.indexOf('.') >= 0) {
      return Result.MALFORMED;
    }
    Duration age = Duration.between(sentAt.get(), clock.instant());
    if (age.compareTo(TOLERANCE) > 0) {
      return Result.TOO_OLD;
    }
    if (age.negated().compareTo(TOLERANCE) > 0) {
      return Result.TOO_NEW;
    }
    boolean genuine = false;
    for (WebhookSecret secret : secrets) {
      String expected = WebhookSignature.standard(secret, messageId, sentAt.get(), body);
      for (String signature : signatures.split(" ", -1)) {
        genuine |= same(expected, signature);
      }
    }
    return genuine ? Result.GENUINE : Result.FORGED;
  }

  /// Verifies the documented header, which does not cover the time and so cannot detect a replay.
  public boolean verifyDocumented(String signature, byte[] body) {
    boolean genuine = false;
    for (WebhookSecret secret : secrets) {
      genuine |= same(WebhookSignature.documented(secret, body), signature);
    }
    return genuine;
  }

  private static boolean same(String expected, String received) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), received.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<Instant> seconds(String timestamp) {
    boolean digits =
        !timestamp.isEmpty()
            && timestamp.length() <= TIMESTAMP_DIGITS_MAX
            && timestamp.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits
        ? Optional.of(Instant.ofEpochSecond(Long.parseLong(timestamp)))
        : Optional.empty();
  }
}
