package dev.backlane.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.client.support.Documents;
import java.io.IOException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Checks that a notification comes from the server that has the secret, and is recent, and reads
/// it. Thread-safe.
///
/// With a `whsec_` secret it verifies `webhook-signature` (Standard Webhooks), which covers the
/// time. With any other secret, such as the signature key of the documented API, it verifies the
/// documented signature, `x-signature`, which has no time: such a notification can be replayed, so
/// store the ids that have been processed. A notification without its signature is refused.
///
/// ```java
/// var verifier = WebhookVerifier.of("whsec_…");
/// Notification notification = verifier.verify(body, request::getHeader);
/// ```
public final class WebhookVerifier {
  private static final String PREFIX = "whsec_";
  private static final String ALGORITHM = "HmacSHA256";
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  private final List<Secret> secrets;
  private final Duration tolerance;
  private final InstantSource clock;
  private final String signatureHeader;
  private final boolean documentedSignature;

  /// The keys of a secret: of Standard Webhooks, and of the documented signature.
  private static final class Secret {
    private final byte @Nullable [] standard;
    private final byte[] documented;

    Secret(byte @Nullable [] standard, byte[] documented) {
      this.standard = standard;
      this.documented = documented;
    }
  }

  private WebhookVerifier(Builder builder) {
    this.secrets = List.copyOf(builder.secrets);
    this.tolerance = builder.tolerance;
    this.clock = builder.clock;
    this.signatureHeader = builder.signatureHeader;
    this.documentedSignature = builder.documentedSignature;
  }

  /// A verifier with the usual settings.
  ///
  /// @param secrets as they were shown, `whsec_…` or the signature key of the documented API;
  ///     during a rotation the new and the old one
  /// @throws IllegalArgumentException if there is none, or one is not valid
  public static WebhookVerifier of(String... secrets) {
    return builder(secrets).build();
  }

  /// As [#of], with further settings.
  public static Builder builder(String... secrets) {
    return new Builder(secrets);
  }

  /// Settings of a verifier. For one thread.
  public static final class Builder {
    private final List<Secret> secrets;
    private Duration tolerance = TOLERANCE;
    private InstantSource clock = InstantSource.system();
    private String signatureHeader = "x-signature";
    private boolean documentedSignature;

    private Builder(String... secrets) {
      if (secrets.length == 0) {
        throw new IllegalArgumentException("A verifier needs at least one secret.");
      }
      this.secrets = Arrays.stream(secrets).map(WebhookVerifier::secret).toList();
    }

    /// Whether a notification without `webhook-signature` is accepted if its documented signature
    /// matches a `whsec_` secret; false by default, because a notification that was recorded could
    /// be sent again at any time without its `webhook-` fields.
    public Builder documentedSignature(boolean accepted) {
      documentedSignature = accepted;
      return this;
    }

    /// How far `webhook-timestamp` may be from now, 5 min by default.
    ///
    /// @throws IllegalArgumentException if it is negative
    public Builder tolerance(Duration max) {
      if (max.isNegative()) {
        throw new IllegalArgumentException("The tolerance must not be negative.");
      }
      tolerance = max;
      return this;
    }

    /// The clock against which `webhook-timestamp` is compared; the system's by default.
    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /// The name of the header with the documented signature, `x-signature` by default.
    public Builder signatureHeader(String name) {
      signatureHeader = name;
      return this;
    }

    public WebhookVerifier build() {
      return new WebhookVerifier(this);
    }
  }

  private static Secret secret(String given) {
    // A secret that is read from a file often ends with a line break.
    var text = given.strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException("A secret is empty.");
    }
    if (!text.startsWith(PREFIX)) {
      return new Secret(null, text.getBytes(UTF_8));
    }
    try {
      byte[] key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
      if (key.length == 0) {
        throw new IllegalArgumentException("A secret has no key after " + PREFIX + ".");
      }
      return new Secret(key, text.getBytes(UTF_8));
    } catch (IllegalArgumentException malformed) {
      // The cause is left away: its message can hold a part of the secret.
      throw new IllegalArgumentException("A secret is not " + PREFIX + " and base64.");
    }
  }

  /// Verifies a notification and reads it.
  ///
  /// @param body the raw body, exactly as received
  /// @param header returns the first value of a header field by its case-insensitive name, or null
  /// @throws WebhookException if it is not authentic, too old, or not a notification
  public Notification verify(byte[] body, Function<String, @Nullable String> header)
      throws WebhookException {
    var signature = header(header, "webhook-signature");
    var documented = header(header, signatureHeader);
    var standardKeys = keys(secret -> secret.standard);
    var documentedKeys =
        keys(secret -> secret.standard == null || documentedSignature ? secret.documented : null);
    if (signature.isPresent() && !standardKeys.isEmpty()) {
      verifyStandard(body, signature.get(), standardKeys, header);
    } else if (documented.isPresent() && !documentedKeys.isEmpty()) {
      verifyDocumented(body, documented.get(), documentedKeys);
    } else if (documented.isPresent()) {
      throw new WebhookException(
          "The notification has no webhook-signature. Check that no proxy removes it, or accept "
              + signatureHeader
              + " with Builder.documentedSignature.");
    } else if (signature.isPresent()) {
      throw new WebhookException(
          "The notification has no "
              + signatureHeader
              + ", and no secret begins with "
              + PREFIX
              + ", which webhook-signature needs. Check the secrets.");
    } else {
      throw new WebhookException(
          "The notification has neither webhook-signature nor "
              + signatureHeader
              + ". Create a subscription with a secret, and check that no proxy removes them.");
    }
    return notification(body);
  }

  /// As above.
  ///
  /// @param headers all header fields, with names in any letter case, such as those of
  ///     `com.sun.net.httpserver.HttpExchange` or [java.net.http.HttpHeaders#map]
  public Notification verify(byte[] body, Map<String, List<String>> headers)
      throws WebhookException {
    return verify(
        body,
        (String name) ->
            headers.entrySet().stream()
                .filter(field -> name.equalsIgnoreCase(field.getKey()))
                .flatMap(field -> field.getValue().stream())
                .collect(
                    Collectors.collectingAndThen(
                        Collectors.joining(" "), text -> text.isEmpty() ? null : text)));
  }

  private static Notification notification(byte[] body) throws WebhookException {
    try {
      var notification = Documents.read(body, Notification.class);
      if (notification.id() != null) {
        return notification;
      }
    } catch (IOException malformed) {
      throw new WebhookException("The body is not a notification.", malformed);
    }
    throw new WebhookException("The body is not a notification: it has no id.");
  }

  private List<byte[]> keys(Function<Secret, byte @Nullable []> key) {
    var keys = new ArrayList<byte[]>();
    for (var secret : secrets) {
      byte[] one = key.apply(secret);
      if (one != null) {
        keys.add(one);
      }
    }
    return keys;
  }

  private static Optional<String> header(Function<String, @Nullable String> header, String name) {
    return Optional.ofNullable(header.apply(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  private void verifyStandard(
      byte[] body, String signatures, List<byte[]> keys, Function<String, @Nullable String> header)
      throws WebhookException {
    var id = header(header, "webhook-id").orElseThrow(() -> missing("webhook-id"));
    var timestamp =
        header(header, "webhook-timestamp").orElseThrow(() -> missing("webhook-timestamp"));
    byte[] prefix = (id + "." + timestamp + ".").getBytes(UTF_8);
    boolean authentic = false;
    for (var candidate : signatures.split(" ", -1)) {
      if (candidate.startsWith("v1,")) {
        authentic |= matches(keys, prefix, body, candidate.substring("v1,".length()));
      }
    }
    if (!authentic) {
      throw new WebhookException(
          "webhook-signature does not match the body and any secret. Pass the raw body, and the"
              + " secret of this subscription.");
    }
    verifyTime(timestamp);
  }

  private static WebhookException missing(String name) {
    return new WebhookException("The notification has no " + name + ".");
  }

  private void verifyTime(String timestamp) throws WebhookException {
    try {
      var sent = Instant.ofEpochSecond(Long.parseLong(timestamp));
      if (Duration.between(sent, clock.instant()).abs().compareTo(tolerance) > 0) {
        throw new WebhookException(
            "webhook-timestamp is more than "
                + tolerance
                + " away from this machine's clock: a replayed notification, or a wrong clock.");
      }
    } catch (NumberFormatException | DateTimeException | ArithmeticException malformed) {
      throw new WebhookException("webhook-timestamp is not a number of seconds.", malformed);
    }
  }

  private void verifyDocumented(byte[] body, String signature, List<byte[]> keys)
      throws WebhookException {
    if (!matches(keys, new byte[0], body, signature)) {
      throw new WebhookException(
          signatureHeader
              + " does not match the body and any secret. Pass the raw body, and the secret of this"
              + " subscription.");
    }
  }

  /// Compares in constant time, with every key.
  private static boolean matches(List<byte[]> keys, byte[] prefix, byte[] body, String signature) {
    byte[] received;
    try {
      received = Base64.getDecoder().decode(signature);
    } catch (IllegalArgumentException malformed) {
      return false;
    }
    boolean matches = false;
    for (byte[] key : keys) {
      matches |= MessageDigest.isEqual(hmac(key, prefix, body), received);
    }
    return matches;
  }

  private static byte[] hmac(byte[] key, byte[] prefix, byte[] body) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      mac.update(prefix);
      return mac.doFinal(body);
    } catch (NoSuchAlgorithmException | InvalidKeyException impossible) {
      throw new IllegalStateException("every Java platform must have " + ALGORITHM, impossible);
    }
  }
}
