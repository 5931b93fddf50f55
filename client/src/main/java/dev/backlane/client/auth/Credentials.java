package dev.backlane.client.auth;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Supplies the access token of requests. Implementations are thread-safe, and never show a token
/// in `toString`.
public interface Credentials {
  /// The token for a request that is sent now; empty: the request is sent without one.
  ///
  /// @throws CredentialsException if there is no token; any other [IOException] is taken for a
  ///     temporary failure, after which the client tries again
  Optional<String> token() throws IOException, InterruptedException;

  /// As [#token()], within a time. By default the time is not limited.
  ///
  /// @param max how long obtaining a token may take
  default Optional<String> token(Duration max) throws IOException, InterruptedException {
    return token();
  }

  /// Reports that the server refused a token with 401. The next [#token] should return another one;
  /// the refused request is then sent once more.
  ///
  /// @return whether [#token] may now return another token
  default boolean refused(String token) {
    return false;
  }

  /// No token.
  static Credentials none() {
    return NoToken.INSTANCE;
  }

  /// One token, which does not change.
  ///
  /// @throws IllegalArgumentException if it is empty
  static Credentials bearer(String token) {
    var text = token.strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "The access token is empty. For requests without one use Credentials.none().");
    }
    return new SuppliedToken(() -> text);
  }

  /// A token that is supplied for each request, on the thread of the request.
  static Credentials supplier(Supplier<String> token) {
    return new SuppliedToken(token);
  }
}
