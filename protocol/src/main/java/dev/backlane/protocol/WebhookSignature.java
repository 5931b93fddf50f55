package dev.backlane.protocol;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs notifications by Standard Webhooks and by the scheme of the documented system.
/// Thread-safe.
public final class WebhookSignature {
  static final String VERSION = "v1,";

  private static final String HMAC_SHA256 = "HmacSHA256";

  private WebhookSignature() {}

  /// The signature headers of one delivery attempt.
  ///
  /// @param secrets the current one first, then the previous one during a rotation; if empty, the
  ///     message is unsigned and has only id and time
  /// @param messageId the same for each attempt, so that the receiver can drop duplicates; without
  ///     `.`
  /// @param sentAt when this attempt is made
  /// @param documentedHeader the name of the header of [#documented]; by default `x-signature`
  public static Map<String, String> headers(
      List<WebhookSecret> secrets,
      String messageId,
      Instant sentAt,
      byte[] body,
      String documentedHeader) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(Headers.WEBHOOK_ID, messageId);
    headers.put(Headers.WEBHOOK_TIMESTAMP, Long.toString(sentAt.getEpochSecond()));
    if (!secrets.isEmpty()) {
      headers.put(
          Headers.WEBHOOK_SIGNATURE,
          secrets.stream()
              .map(secret -> standard(secret, messageId, sentAt, body))
              .collect(Collectors.joining(" ")));
      headers.put(documentedHeader, documented(secrets.getFirst(), body));
    }
    return headers;
  }

  /// `v1,<base64>`: HMAC-SHA256 of `<id>.<seconds>.<body>`, keyed with the decoded bytes of the
  /// secret (Standard Webhooks).
  public static String standard(
      WebhookSecret secret, String messageId, Instant sentAt, byte[] body) {
    if (messageId.indexOf('.') >= 0) {
      throw new IllegalArgumentException(
          "a message id must not contain '.', which separates it from the time in the signed text");
    }
    Mac mac = hmac(secret.key());
    mac.update((messageId + '.' + sentAt.getEpochSecond() + '.').getBytes(StandardCharsets.UTF_8));
    return VERSION + Base64.getEncoder().encodeToString(mac.doFinal(body));
  }

  /// Base64 of HMAC-SHA256 of the body, keyed with the UTF-8 bytes of the whole secret text.
  public static String documented(WebhookSecret secret, byte[] body) {
    Mac mac = hmac(secret.value().getBytes(StandardCharsets.UTF_8));
    return Base64.getEncoder().encodeToString(mac.doFinal(body));
  }

  private static Mac hmac(byte[] key) {
    try {
      Mac mac = Mac.getInstance(HMAC_SHA256);
      mac.init(new SecretKeySpec(key, HMAC_SHA256));
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException impossible) {
      // Every Java platform has HmacSHA256 (javax.crypto.Mac), and it accepts any key.
      throw new IllegalStateException(impossible);
    }
  }
}
