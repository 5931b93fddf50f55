package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.OwnCookies;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.seal.SealBrokenException;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.MalformedJsonException;
import io.helidon.webserver.http.ServerRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// Keeps sign-ins in sealed cookies: any node opens what another has set, and nobody else can read or make one. Thread-safe.
public final class Sessions {
  /// After which an operator signs in again: a working day.
  private static final Duration LIFETIME = Duration.ofHours(8);

  private static final int CSRF_BYTES = 32;
  private final Seal seal;
  private final byte[] name;
  private final boolean secure;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private record Stored(String operator, String csrf, Instant expiresUtc) {}

  /// @param seal closes cookies
  /// @param waysIn what operators sign in with; a sign-in ends when it changes
  /// @param secure whether browsers reach the gateway by HTTPS, and send the cookie in no other way
  public Sessions(Seal seal, String waysIn, boolean secure, InstantSource clock) {
    this.seal = seal;
    this.name = ("session\n" + waysIn).getBytes(UTF_8);
    this.secure = secure;
    this.clock = clock;
  }

  /// The `Set-Cookie` line that signs an operator in.
  public String begin(Operator operator) {
    byte[] csrf = new byte[CSRF_BYTES];
    random.nextBytes(csrf);
    var stored = new Stored(operator.name(), text(csrf), clock.instant().plus(LIFETIME));
    return line(cookie(), text(seal.seal(Json.bytes(stored), "", name)), LIFETIME);
  }

  /// The `Set-Cookie` line that signs out.
  public String end() {
    return line(cookie(), "", Duration.ZERO);
  }

  /// A `Set-Cookie` line that no script can read and that other sites' forms do not send.
  public String line(String name, String value, Duration lifetime) {
    return name
        + "="
        + value
        + "; Path=/; HttpOnly; SameSite=Lax; Max-Age="
        + lifetime.toSeconds()
        + (secure ? "; Secure" : "");
  }

  /// The sign-in that a request shows; empty if it shows none that is good.
  public Optional<Session> of(ServerRequest request) {
    return cookie(request, cookie()).flatMap(this::opened).filter(this::lasts);
  }

  private Optional<Session> opened(String value) {
    try {
      byte[] sealed = Base64.getUrlDecoder().decode(value);
      var stored = Json.read(seal.open(sealed, name), Stored.class);
      return Optional.of(
          new Session(new Operator(stored.operator()), stored.csrf(), stored.expiresUtc()));
    } catch (IllegalArgumentException | SealBrokenException | MalformedJsonException foreign) {
      return Optional.empty();
    }
  }

  private boolean lasts(Session session) {
    return session.expiresAt().isAfter(clock.instant());
  }

  /// The name that a cookie has on the wire.
  public String named(String name) {
    return OwnCookies.nameOf(name, secure);
  }

  /// The value of a request's cookie.
  public static Optional<String> cookie(ServerRequest request, String name) {
    return Calls.values(request, "Cookie").stream()
        .flatMap(line -> Arrays.stream(line.split(";", -1)))
        .map(String::strip)
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> pair.substring(name.length() + 1))
        .findFirst();
  }

  private String cookie() {
    return OwnCookies.nameOf(OwnCookies.SESSION, secure);
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
