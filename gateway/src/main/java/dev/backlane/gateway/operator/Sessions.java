package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.gateway.http.OperatorCookies;
import dev.backlane.gateway.seal.Seal;
import io.helidon.webserver.http.ServerRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;

/// Keeps sign-ins, in cookies. Thread-safe.
public final class Sessions {
  /// After which an operator signs in again: a working day.
  private static final Duration LIFETIME = Duration.ofHours(8);

  private static final int CSRF_BYTES = 32;

  private final SealedCookie<Stored> cookie;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private record Stored(String operator, String csrf, Instant expiresUtc) {}

  /// @param seal closes cookies
  /// @param waysIn what operators sign in with; a sign-in ends when it changes
  /// @param secure whether browsers reach the gateway by HTTPS, and send the cookie in no other way
  public Sessions(Seal seal, String waysIn, boolean secure, InstantSource clock) {
    this.cookie =
        new SealedCookie<>(
            seal,
            ("session\n" + waysIn).getBytes(UTF_8),
            Stored.class,
            OperatorCookies.SESSION,
            secure);
    this.clock = clock;
  }

  /// The `Set-Cookie` line that signs an operator in.
  public String begin(Operator operator) {
    byte[] bytes = new byte[CSRF_BYTES];
    random.nextBytes(bytes);
    var csrf = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    return cookie.keep(new Stored(operator.name(), csrf, clock.instant().plus(LIFETIME)), LIFETIME);
  }

  /// The `Set-Cookie` line that signs out.
  public String end() {
    return cookie.drop();
  }

  /// The sign-in that a request shows; empty if it shows none that is good.
  public Optional<Session> of(ServerRequest request) {
    return cookie
        .of(request)
        .map(stored ->
            new Session(new Operator(stored.operator()), stored.csrf(), stored.expiresUtc()))
        .filter(session -> session.expiresAt().isAfter(clock.instant()));
  }
}
