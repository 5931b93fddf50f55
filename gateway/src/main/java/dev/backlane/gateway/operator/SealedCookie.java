package dev.backlane.gateway.operator;

import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.OperatorCookies;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.seal.UnsealException;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.MalformedJsonException;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// A cookie that holds a value for the gateway alone: any node opens what another has set, and nobody else can read or make one.
/// No script can read it, and other sites' forms do not send it. Thread-safe.
///
/// @param <T> what it holds, a record
public final class SealedCookie<T> {
  private final Seal seal;
  private final byte[] name;
  private final Class<T> type;
  private final String cookie;
  private final boolean secure;

  /// @param name what the value is sealed under; it opens under no other
  /// @param cookie one of [OperatorCookies]
  /// @param secure whether browsers reach the gateway by HTTPS, and send the cookie in no other way
  public SealedCookie(Seal seal, byte[] name, Class<T> type, String cookie, boolean secure) {
    this.seal = seal;
    this.name = name.clone();
    this.type = type;
    this.cookie = OperatorCookies.nameOf(cookie, secure);
    this.secure = secure;
  }

  /// The `Set-Cookie` line that keeps a value.
  public String keep(T value, Duration lifetime) {
    byte[] sealed = seal.seal(Json.bytes(value), "", name);
    return line(Base64.getUrlEncoder().withoutPadding().encodeToString(sealed), lifetime);
  }

  /// The `Set-Cookie` line that drops it.
  public String drop() {
    return line("", Duration.ZERO);
  }

  private String line(String value, Duration lifetime) {
    return cookie
        + "="
        + value
        + "; Path=/; HttpOnly; SameSite=Lax; Max-Age="
        + lifetime.toSeconds()
        + (secure ? "; Secure" : "");
  }

  /// The value that a request shows; empty if it shows none that is good.
  public Optional<T> of(ServerRequest request) {
    return Calls.values(request, "Cookie").stream()
        .flatMap(line -> Arrays.stream(line.split(";", -1)))
        .map(String::strip)
        .filter(pair -> pair.startsWith(cookie + "="))
        .map(pair -> pair.substring(cookie.length() + 1))
        .findFirst()
        .flatMap(this::opened);
  }

  private Optional<T> opened(String value) {
    try {
      return Optional.of(Json.read(seal.open(Base64.getUrlDecoder().decode(value), name), type));
    } catch (IllegalArgumentException | UnsealException | MalformedJsonException foreign) {
      return Optional.empty();
    }
  }
}
