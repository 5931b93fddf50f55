package dev.backlane.gateway.intake;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.credentials.CallerTokenCheck;
import dev.backlane.gateway.forwarding.Forwarding;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.webhook.ReceiverPolicy;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.InvalidTriggerException;
import dev.backlane.protocol.ProblemType;
import dev.backlane.protocol.Trigger;
import dev.backlane.protocol.field.Preferences;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// Reads the options of a background call from the request's head, and checks that they are
/// permitted.
/// Thread-safe.
public final class CallReader {
  /// Characters of a caller's reference (CONTRACT 2.1).
  private static final int REFERENCE_CHARS_MAX = 255;

  private static final int IDEMPOTENCY_KEY_CHARS_MAX = 255;

  private static final Set<String> NEVER_STORED_METHODS = Set.of("CONNECT", "TRACE");

  // Sealed, so that they are never stored in clear text.
  private static final List<String> CREDENTIALS = List.of("Authorization", "Cookie");

  // Sealed, or created again when the request is sent.
  private static final List<String> NOT_STORED = List.of("Authorization", "Cookie", "Expect");

  private final RequestAuthorizer authorizer;
  private final PublicAddress publicAddress;
  private final ReceiverPolicy receivers;
  private final Forwarding forwarding;
  private final BooleanSupplier preferTriggers;
  private final CallerTokenCheck tokens;

  /// @param authorizer identifies the caller
  /// @param publicAddress the base of locations
  /// @param receivers decides which receivers may be notified
  /// @param forwarding the header fields for the upstream
  /// @param preferTriggers whether the preferences `respond-async` and `wait` of calls are for
  ///     Backlane, `trigger.prefer`; otherwise they are for the upstream. May change
  /// @param tokens decides whether the caller's token can be sent
  public CallReader(
      RequestAuthorizer authorizer,
      PublicAddress publicAddress,
      ReceiverPolicy receivers,
      Forwarding forwarding,
      BooleanSupplier preferTriggers,
      CallerTokenCheck tokens) {
    this.authorizer = authorizer;
    this.publicAddress = publicAddress;
    this.receivers = receivers;
    this.forwarding = forwarding;
    this.preferTriggers = preferTriggers;
    this.tokens = tokens;
  }

  /// Whether a call has the trigger, and so runs in the background.
  boolean wantsBackground(Call call) {
    return call.header(Headers.BACKGROUND).isPresent() || preferences(call).respondAsync();
  }

  /// Reads and checks the head of a call.
  ///
  /// @throws ProblemException if the call is refused
  BackgroundCall read(Call call) {
    var sender = authorizer.authenticate(call);
    var caller = sender.caller();
    var method = call.method();
    if (NEVER_STORED_METHODS.contains(method)) {
      throw invalid(
          "A "
              + method
              + " request cannot run in the background. Send it without "
              + Headers.BACKGROUND
              + ".");
    }
    var trigger = trigger(call);
    var preferences = preferences(call);
    var notification = notification(trigger, receivers, caller);
    var credentials = credentials(call);
    var token = tokens.read(credentials, sender.expiresAt());
    requireUsable(token);
    return new BackgroundCall(
        caller,
        token,
        method,
        call.target(),
        forUpstream(call, preferences),
        credentials,
        call.contentLength().orElse(-1),
        publicAddress.baseOf(call.path()),
        notification,
        reference(call, trigger),
        idempotencyKey(call),
        preferences.respondAsync(),
        waitTime(preferences));
  }

  /// Checks again that the caller's token can be sent, after its body has been received.
  ///
  /// @throws ProblemException 401 if it has expired
  void requireUsable(BackgroundCall call) {
    requireUsable(call.token());
  }

  private void requireUsable(CallerTokenCheck.Checked token) {
    var obstacle = tokens.obstacle(token);
    if (obstacle.isPresent()) {
      throw RequestAuthorizer.invalidToken(obstacle.get());
    }
  }

  private static Trigger trigger(Call call) {
    var values = call.values(Headers.BACKGROUND);
    if (values.isEmpty()) {
      return new Trigger.None();
    }
    try {
      return Trigger.parse(values);
    } catch (InvalidTriggerException malformed) {
      throw invalid(malformed.problem().detail());
    }
  }

  private Preferences preferences(Call call) {
    return preferTriggers.getAsBoolean()
        ? Preferences.parse(call.values(Headers.PREFER))
        : Preferences.NONE;
  }

  private static Notification notification(
      Trigger trigger, ReceiverPolicy receivers, Caller caller) {
    return switch (trigger) {
      case Trigger.None _ -> new Notification.None();
      case Trigger.Address(var uri) -> receivers.atAddress(uri, caller);
      case Trigger.Subscription subscription -> receivers.subscribed(caller, headers(subscription));
    };
  }

  private static List<Header> headers(Trigger.Subscription subscription) {
    return subscription.pairs().entrySet().stream()
        .map(pair -> new Header(pair.getKey(), pair.getValue()))
        .toList();
  }

  private static Optional<String> reference(Call call, Trigger trigger) {
    var reference =
        call.header(Headers.REFERENCE)
            .or(() ->
                trigger instanceof Trigger.Subscription subscription
                    ? subscription.reference()
                    : Optional.empty())
            .filter(text -> !text.isEmpty());
    if (reference.filter(text -> text.length() > REFERENCE_CHARS_MAX).isPresent()) {
      throw invalid(
          "The reference is longer than " + REFERENCE_CHARS_MAX + " characters. Shorten it.");
    }
    return reference;
  }

  private static Optional<String> idempotencyKey(Call call) {
    var keys = call.values(Headers.IDEMPOTENCY_KEY);
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    var key = keys.getFirst().trim();
    if (keys.size() > 1
        || key.isEmpty()
        || key.length() > IDEMPOTENCY_KEY_CHARS_MAX
        || !key.chars().allMatch(each -> each >= ' ' && each <= '~')) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "Idempotency-Key must be sent once, with 1 to "
              + IDEMPOTENCY_KEY_CHARS_MAX
              + " ASCII characters. Send one key per call.");
    }
    return Optional.of(key);
  }

  private static Optional<Duration> waitTime(Preferences preferences) {
    var seconds = preferences.waitSeconds();
    return seconds.isPresent()
        ? Optional.of(Duration.ofSeconds(seconds.getAsInt()))
        : Optional.empty();
  }

  private static List<Header> credentials(Call call) {
    var credentials = new ArrayList<Header>(CREDENTIALS.size());
    for (var field : Forwarding.withoutOperatorCookies(call)) {
      if (isOneOf(CREDENTIALS, field)) {
        credentials.add(field);
      }
    }
    return credentials;
  }

  private List<Header> forUpstream(Call call, Preferences applied) {
    var fields = new ArrayList<Header>();
    for (var field : forwarding.toUpstream(call)) {
      if (field.is(Headers.PREFER)) {
        var others = applied.removedFrom(field.value());
        if (!others.isEmpty()) {
          fields.add(new Header(field.name(), others));
        }
      } else if (!isOneOf(NOT_STORED, field)) {
        fields.add(field);
      }
    }
    return fields;
  }

  private static boolean isOneOf(List<String> names, Header field) {
    for (var name : names) {
      if (field.is(name)) {
        return true;
      }
    }
    return false;
  }

  private static ProblemException invalid(String detail) {
    return new ProblemException(ProblemType.INVALID_BACKGROUND_HEADER, detail);
  }
}
