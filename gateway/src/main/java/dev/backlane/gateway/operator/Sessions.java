package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.OperatorCookies;
import dev.backlane.gateway.seal.Seal;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;

/// Sign-ins of operators, stored in cookies. Thread-safe.
public final class Sessions {
  /// How long a sign-in is valid: a working day.
  private static final Duration LIFETIME = Duration.ofHours(8);

  private static final int CSRF_BYTES = 32;

  private final SealedCookie<Stored> cookie;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private record Stored(String operator, Operator.Role role, String csrf, Instant expiresUtc) {}

  /// @param seal seals the cookies
  /// @param credentials with which operators sign in, read for each call; a sign-in ends when they
  ///     change
  /// @param secure whether browsers reach the gateway by HTTPS; then they send the cookie by HTTPS
  ///     only
  public Sessions(Seal seal, Supplier<String> credentials, boolean secure, InstantSource clock) {
    this.cookie =
        new SealedCookie<>(
            seal,
            () -> ("session with role\n" + credentials.get()).getBytes(UTF_8),
            Stored.class,
            OperatorCookies.SESSION,
            secure);
    this.clock = clock;
  }

  /// The `Set-Cookie` value that signs an operator in.
  public String begin(Operator operator) {
    byte[] bytes = new byte[CSRF_BYTES];
    random.nextBytes(bytes);
    var csrf = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    return cookie.store(
        new Stored(operator.name(), operator.role(), csrf, clock.instant().plus(LIFETIME)),
        LIFETIME);
  }

  /// The `Set-Cookie` value that signs out.
  public String end() {
    return cookie.remove();
  }

  /// The sign-in of a call's cookie; empty if it has no valid one.
  public Optional<Session> of(Call call) {
    return cookie
        .of(call)
        .map(stored ->
            new Session(
                new Operator(stored.operator(), stored.role()), stored.csrf(), stored.expiresUtc()))
        .filter(session -> session.expiresAt().isAfter(clock.instant()));
  }
}
