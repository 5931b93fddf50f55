package dev.backlane.client.auth;

import java.util.Optional;

/// Requests without a token.
enum NoToken implements Credentials {
  INSTANCE;

  @Override
  public Optional<String> token() {
    return Optional.empty();
  }

  @Override
  public String toString() {
    return "Credentials[none]";
  }
}
