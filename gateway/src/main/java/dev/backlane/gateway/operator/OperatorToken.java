package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.ProblemType;
import io.helidon.webserver.http.ServerRequest;
import java.security.MessageDigest;
import java.util.Optional;

/// Tells whether a request comes from the operator. Compares in constant time. Immutable.
public final class OperatorToken {
  private static final String BEARER = "Bearer ";

  private final Optional<byte[]> token;
  private final boolean open;

  private OperatorToken(Optional<byte[]> token, boolean open) {
    this.token = token;
    this.open = open;
  }

  /// Asks for a token.
  ///
  /// @param token `admin.token`; empty: none is good
  /// @param openWithout whether nothing is asked for where there is no token, as on a machine's own loopback
  public static OperatorToken of(Optional<String> token, boolean openWithout) {
    return new OperatorToken(
        token.map(text -> text.getBytes(UTF_8)), openWithout && token.isEmpty());
  }

  /// @throws ProblemException 401 if it does not
  void require(ServerRequest request) {
    if (!open && !holds(request)) {
      throw wanted();
    }
  }

  /// The fault of not being the operator.
  static ProblemException wanted() {
    return new ProblemException(
        ProblemType.UNAUTHORIZED,
        "This is for the operator. Send admin.token as a bearer token.",
        new Header("WWW-Authenticate", "Bearer realm=\"backlane-operator\""));
  }

  /// Tells whether there is a token that is good.
  boolean isSet() {
    return token.isPresent();
  }

  boolean holds(ServerRequest request) {
    var sent = Calls.first(request, "Authorization").orElse("");
    return sent.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && is(sent.substring(BEARER.length()).strip());
  }

  boolean is(String offered) {
    return token.isPresent() && MessageDigest.isEqual(offered.getBytes(UTF_8), token.get());
  }
}
