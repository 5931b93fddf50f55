package dev.backlane.gateway.intake;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.Forwarding;
import dev.backlane.gateway.http.HopByHop;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.webhook.ReceiverPolicy;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.InvalidTriggerException;
import dev.backlane.protocol.Preferences;
import dev.backlane.protocol.ProblemType;
import dev.backlane.protocol.Trigger;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Reads from a request's head what the caller wants and may have. Thread-safe.
public final class CallReader {
  /// Characters of a caller's reference at most (CONTRACT 2.1).
  private static final int REFERENCE_MAX = 255;

  private static final int IDEMPOTENCY_KEY_MAX = 255;

  private static final Set<String> NEVER_STORED_METHODS = Set.of("CONNECT", "TRACE");

  // What is sealed, and so never lies in clear in the store.
  private static final List<String> CREDENTIALS = List.of("Authorization", "Cookie");

  // What is addressed to Backlane, or is made anew when the request is sent.
  private static final List<String> NOT_FOR_UPSTREAM = List.of(Headers.REFERENCE, "Expect");

  private final RequestAuthorizer gatekeeper;
  private final PublicAddress publicAddress;
  private final ReceiverPolicy receivers;
  private final CredentialSeal seal;

  /// @param gatekeeper tells who calls
  /// @param publicAddress where locations stand
  /// @param receivers tells who may be notified
  /// @param seal closes credentials
  public CallReader(
      RequestAuthorizer gatekeeper,
      PublicAddress publicAddress,
      ReceiverPolicy receivers,
      CredentialSeal seal) {
    this.gatekeeper = gatekeeper;
    this.publicAddress = publicAddress;
    this.receivers = receivers;
    this.seal = seal;
  }

  /// Tells whether a request asks for the background at all.
  public static boolean wantsBackground(ServerRequest request) {
    return Calls.first(request, Headers.BACKGROUND).isPresent()
        || preferences(request).respondAsync();
  }

  /// Reads and checks a request's head.
  ///
  /// @throws ProblemException if anything is wrong with it
  BackgroundCall order(ServerRequest request) {
    var caller = gatekeeper.admit(request);
    var method = request.prologue().method().text();
    if (NEVER_STORED_METHODS.contains(method)) {
      throw invalid(
          "A "
              + method
              + " request cannot run in the background. Send it without "
              + Headers.BACKGROUND
              + ".");
    }
    var trigger = trigger(request);
    var preferences = preferences(request);
    var notification = notification(trigger, receivers, caller);
    return new BackgroundCall(
        caller,
        method,
        Calls.target(request),
        forUpstream(request, preferences),
        Calls.foreignHeaders(request).stream().filter(CallReader::isCredential).toList(),
        request.headers().contentLength().orElse(-1),
        publicAddress.baseOf(Calls.path(request)),
        notification,
        reference(request, trigger),
        idempotencyKey(request),
        preferences.respondAsync(),
        preferences.waitSeconds().stream().mapToObj(Duration::ofSeconds).findFirst());
  }

  /// Closes credentials for the operation that carries them.
  SealedCredentials seal(List<Header> credentials, OperationId id, String tenant) {
    return seal.seal(credentials, id, tenant);
  }

  private static Trigger trigger(ServerRequest request) {
    var values = Calls.values(request, Headers.BACKGROUND);
    if (values.isEmpty()) {
      return new Trigger.None();
    }
    try {
      return Trigger.parse(values);
    } catch (InvalidTriggerException malformed) {
      throw invalid(malformed.problem().detail());
    }
  }

  private static Preferences preferences(ServerRequest request) {
    return Preferences.parse(Calls.values(request, Headers.PREFER));
  }

  private static Notification notification(
      Trigger trigger, ReceiverPolicy receivers, Caller caller) {
    return switch (trigger) {
      case Trigger.None _ -> new Notification.None();
      case Trigger.Address(var uri) -> receivers.atAddress(uri);
      case Trigger.Subscription subscription -> receivers.subscribed(caller, headers(subscription));
    };
  }

  private static List<Header> headers(Trigger.Subscription subscription) {
    return subscription.pairs().entrySet().stream()
        .map(pair -> new Header(pair.getKey(), pair.getValue()))
        .toList();
  }

  private static Optional<String> reference(ServerRequest request, Trigger trigger) {
    var reference =
        Calls.first(request, Headers.REFERENCE)
            .or(() ->
                trigger instanceof Trigger.Subscription subscription
                    ? subscription.reference()
                    : Optional.empty())
            .filter(text -> !text.isEmpty());
    if (reference.filter(text -> text.length() > REFERENCE_MAX).isPresent()) {
      throw invalid("The reference is longer than " + REFERENCE_MAX + " characters. Shorten it.");
    }
    return reference;
  }

  private static Optional<String> idempotencyKey(ServerRequest request) {
    var keys = Calls.values(request, Headers.IDEMPOTENCY_KEY);
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    var key = keys.getFirst().trim();
    if (keys.size() > 1 || key.isEmpty() || key.length() > IDEMPOTENCY_KEY_MAX) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "Idempotency-Key is sent once, with 1 to "
              + IDEMPOTENCY_KEY_MAX
              + " characters. Send one key per call.");
    }
    return Optional.of(key);
  }

  private static List<Header> forUpstream(ServerRequest request, Preferences preferences) {
    Predicate<Header> kept =
        header -> NOT_FOR_UPSTREAM.stream().noneMatch(header::is) && !isCredential(header);
    if (preferences.respondAsync() || preferences.waitSeconds().isPresent()) {
      kept = kept.and(header -> !header.is(Headers.PREFER));
    }
    var lines =
        new ArrayList<>(
            HopByHop.ofRequest(Calls.foreignHeaders(request)).stream().filter(kept).toList());
    return Forwarding.added(lines, request);
  }

  private static boolean isCredential(Header header) {
    return CREDENTIALS.stream().anyMatch(header::is);
  }

  private static ProblemException invalid(String detail) {
    return new ProblemException(ProblemType.INVALID_BACKGROUND_HEADER, detail);
  }
}
