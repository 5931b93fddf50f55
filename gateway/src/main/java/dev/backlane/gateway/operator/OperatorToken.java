package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.ProblemType;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.Supplier;

/// The token of the operator, `admin.token`, which may change while the process runs. Compares in
/// constant time. Thread-safe.
public final class OperatorToken {
  private static final String BEARER = "Bearer ";

  private final Supplier<Optional<String>> token;
  private final boolean openWithout;

  /// @param token `admin.token`, read for each call; empty: no token is valid
  /// @param openWithout whether access needs no token if none is set, as on a loopback address
  public OperatorToken(Supplier<Optional<String>> token, boolean openWithout) {
    this.token = token;
    this.openWithout = openWithout;
  }

  /// @throws ProblemException 401 if the call needs the token and does not have it
  void require(Call call) {
    if (!(openWithout && token.get().isEmpty()) && !matches(call)) {
      throw required();
    }
  }

  /// A 401 response that requests the token.
  static ProblemException required() {
    return new ProblemException(
        ProblemType.UNAUTHORIZED,
        "This is for the operator. Send admin.token as a bearer token.",
        new Header("WWW-Authenticate", "Bearer realm=\"backlane-operator\""));
  }

  /// Whether any token is valid.
  boolean isSet() {
    return token.get().isPresent();
  }

  /// Whether a call has the token, as a bearer token.
  boolean matches(Call call) {
    var sent = call.header("Authorization").orElse("");
    return sent.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && matches(sent.substring(BEARER.length()).strip());
  }

  boolean matches(String offered) {
    return token
        .get()
        .filter(text -> MessageDigest.isEqual(offered.getBytes(UTF_8), text.getBytes(UTF_8)))
        .isPresent();
  }
}
