package dev.backlane.engine.delivery;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// A notification and the state of its delivery. Immutable: a change is a new value with the next
/// [#version()].
///
/// @param id lets the receiver discard duplicates. Equals the id of the operation whose end it
///     reports, so that there is one delivery per end
/// @param tenant the tenant of the caller that requested it
/// @param client the client that requested it
/// @param target the receiver
/// @param eventType the type of event that it reports
/// @param body the body to send, the same in each attempt
/// @param state its current state
/// @param attempts the last [#ATTEMPTS_MAX] attempts, oldest first
/// @param version counts changes from 0; a store replaces a value only with its next version
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Delivery(
    OperationId id,
    String tenant,
    String client,
    Target target,
    String eventType,
    byte[] body,
    DeliveryState state,
    List<DeliveryAttempt> attempts,
    long version) {
  /// The most attempts that are stored: the 8 of the default schedule, and 12 of redeliveries.
  public static final int ATTEMPTS_MAX = 20;

  /// The most characters of [#receiver()].
  public static final int RECEIVER_CHARS_MAX = 255;

  private static final Pattern SERVER =
      Pattern.compile(
          "(?<scheme>https?)://(?<host>\\[[^\\]/?#]*\\]|[^:/?#\\[\\]]*)(?::(?<port>[0-9]{0,5}))?"
              + "(?=[/?#]|$)",
          Pattern.CASE_INSENSITIVE);

  /// The receiver of a delivery.
  public sealed interface Target {}

  /// An address in the call.
  ///
  /// @param uri absolute `http` or `https` URL
  public record Address(String uri) implements Target {}

  /// A subscription; its address is looked up at each attempt.
  ///
  /// @param subscription its id
  /// @param headers the caller's pairs
  public record Subscribed(String subscription, List<Header> headers) implements Target {
    public Subscribed {
      headers = List.copyOf(headers);
    }
  }

  public Delivery {
    attempts = List.copyOf(attempts);
  }

  /// Identifies the receiver: its deliveries share permits and a circuit breaker. An address is
  /// counted by its host and port and by the tenant, so that a caller gets no more permits by
  /// writing many paths, and no tenant opens the circuit breaker of another. At most
  /// [#RECEIVER_CHARS_MAX] characters, since stores have indexes of it: a longer identifier ends
  /// with a digest of the whole.
  public String receiver() {
    return switch (target) {
      case Address(var uri) -> shortened(server(uri) + (tenant.isEmpty() ? "" : " of " + tenant));
      case Subscribed(var subscription, var _) -> subscription;
    };
  }

  private static String shortened(String receiver) {
    if (receiver.length() <= RECEIVER_CHARS_MAX) {
      return receiver;
    }
    var suffix = "~sha256:" + HexFormat.of().formatHex(sha256(receiver));
    int kept = RECEIVER_CHARS_MAX - suffix.length();
    if (Character.isHighSurrogate(receiver.charAt(kept - 1))) {
      kept--;
    }
    return receiver.substring(0, kept) + suffix;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  // Host and port in one spelling; the text itself if it is no URL.
  private static String server(String uri) {
    var parts = SERVER.matcher(uri);
    if (!parts.lookingAt()) {
      return uri;
    }
    var host = parts.group("host").toLowerCase(Locale.ROOT);
    var port = parts.group("port");
    int defaultPort = parts.group("scheme").equalsIgnoreCase("https") ? 443 : 80;
    return (host.endsWith(".") ? host.substring(0, host.length() - 1) : host)
        + ":"
        + (port == null || port.isEmpty() ? defaultPort : Integer.parseInt(port));
  }

  /// Whether no further attempt is scheduled.
  public boolean ended() {
    return !(state instanceof DeliveryState.Due);
  }

  /// Whether its next attempt is due.
  public boolean isDue(Instant now) {
    return state instanceof DeliveryState.Due due && !due.dueAt().isAfter(now);
  }

  /// Throws [IllegalStateException] unless this is a valid first version.
  public void checkNew() {
    if (ended() || version != 0) {
      throw new IllegalStateException("not a new delivery: " + id + " version " + version);
    }
  }

  /// Throws [IllegalStateException] unless `next` is a valid next version.
  public void checkNext(Delivery next) {
    if (!next.id.equals(id) || next.version != version + 1) {
      throw new IllegalStateException(
          "not the next version of " + id + " " + version + ": " + next.version);
    }
  }

  /// This new delivery with another time of its first attempt.
  public Delivery dueFirst(Instant dueAt) {
    checkNew();
    return new Delivery(
        id,
        tenant,
        client,
        target,
        eventType,
        body,
        new DeliveryState.Due(1, dueAt),
        attempts,
        version);
  }

  /// The delivery's next version.
  public Delivery to(DeliveryState next) {
    return new Delivery(id, tenant, client, target, eventType, body, next, attempts, version + 1);
  }

  /// The delivery's next version, after an attempt.
  Delivery to(DeliveryState next, DeliveryAttempt attempt) {
    var all = new ArrayList<>(attempts);
    all.add(attempt);
    return new Delivery(
        id,
        tenant,
        client,
        target,
        eventType,
        body,
        next,
        all.subList(Math.max(0, all.size() - ATTEMPTS_MAX), all.size()),
        version + 1);
  }
}
