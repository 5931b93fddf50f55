package dev.backlane.client.auth;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/// Supplies the access token of requests. Implementations are thread-safe, and never show a token
/// in `toString`.
public interface Credentials {
  /// The token for a request that is sent now; empty: the request is sent without one.
  ///
  /// @throws IOException if a token cannot be obtained now
  Optional<String> token() throws IOException, InterruptedException;

  /// Reports that the server refused a token with 401. The next [#token] should return another one;
  /// the refused request is then sent once more.
  ///
  /// @return whether [#token] may now return another token
  default boolean refused(String token) {
    return false;
  }

  /// No token.
  static Credentials none() {
    return new SuppliedToken(Optional::empty);
  }

  /// One token, which does not change.
  static Credentials bearer(String token) {
    return new SuppliedToken(() -> Optional.of(token));
  }

  /// A token that is supplied for each request.
  static Credentials supplier(Supplier<String> token) {
    return new SuppliedToken(() -> Optional.of(token.get()));
  }
}
