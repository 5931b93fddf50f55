package dev.backlane.gateway.operator;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.OperatorCookies;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.seal.UnsealException;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.MalformedJsonException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;

/// A cookie with a value for the gateway only: any node opens what another has sealed, and no other
/// party can read or make one. Scripts cannot read it, and forms of other sites do not send it.
/// Thread-safe.
///
/// @param <T> the type of the value, a record
public final class SealedCookie<T> {
  private final Seal seal;
  private final Supplier<byte[]> name;
  private final Class<T> type;
  private final String cookie;
  private final boolean secure;

  /// @param name bound to the sealed value; it opens under no other. It may change, which makes all
  ///     earlier cookies invalid
  /// @param cookie one of [OperatorCookies]
  /// @param secure whether browsers reach the gateway by HTTPS; then they send the cookie by HTTPS
  ///     only
  public SealedCookie(
      Seal seal, Supplier<byte[]> name, Class<T> type, String cookie, boolean secure) {
    this.seal = seal;
    this.name = name;
    this.type = type;
    this.cookie = OperatorCookies.nameOf(cookie, secure);
    this.secure = secure;
  }

  /// The `Set-Cookie` value that stores a value.
  public String store(T value, Duration lifetime) {
    byte[] sealed = seal.seal(Json.bytes(value), "", name.get());
    return setCookie(Base64.getUrlEncoder().withoutPadding().encodeToString(sealed), lifetime);
  }

  /// The `Set-Cookie` value that removes the cookie.
  public String remove() {
    return setCookie("", Duration.ZERO);
  }

  private String setCookie(String value, Duration lifetime) {
    return cookie
        + "="
        + value
        + "; Path=/; HttpOnly; SameSite=Lax; Max-Age="
        + lifetime.toSeconds()
        + (secure ? "; Secure" : "");
  }

  /// The value in a call's cookie; empty if it has no valid one.
  public Optional<T> of(Call call) {
    return call.values("Cookie").stream()
        .flatMap(cookies -> Arrays.stream(cookies.split(";", -1)))
        .map(String::strip)
        .filter(pair -> pair.startsWith(cookie + "="))
        .map(pair -> pair.substring(cookie.length() + 1))
        .findFirst()
        .flatMap(this::opened);
  }

  private Optional<T> opened(String value) {
    try {
      byte[] opened = seal.open(Base64.getUrlDecoder().decode(value), name.get());
      return Optional.of(Json.read(opened, type));
    } catch (IllegalArgumentException | UnsealException | MalformedJsonException foreign) {
      return Optional.empty();
    }
  }
}
