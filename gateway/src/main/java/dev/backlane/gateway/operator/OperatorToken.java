package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.ProblemType;
import java.security.MessageDigest;
import java.util.Optional;

/// The token of the operator, `admin.token`. Compares in constant time. Immutable.
public final class OperatorToken {
  private static final String BEARER = "Bearer ";

  private final Optional<byte[]> token;
  private final boolean open;

  private OperatorToken(Optional<byte[]> token, boolean open) {
    this.token = token;
    this.open = open;
  }

  /// @param token `admin.token`; empty: no token is valid
  /// @param openWithout whether access needs no token if none is set, as on a loopback address
  public static OperatorToken of(Optional<String> token, boolean openWithout) {
    return new OperatorToken(
        token.map(text -> text.getBytes(UTF_8)), openWithout && token.isEmpty());
  }

  /// @throws ProblemException 401 if the call needs the token and does not have it
  void require(Call call) {
    if (!open && !matches(call)) {
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
    return token.isPresent();
  }

  /// Whether a call has the token, as a bearer token.
  boolean matches(Call call) {
    var sent = call.header("Authorization").orElse("");
    return sent.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && matches(sent.substring(BEARER.length()).strip());
  }

  boolean matches(String offered) {
    return token.isPresent() && MessageDigest.isEqual(offered.getBytes(UTF_8), token.get());
  }
}
