package dev.backlane.client.auth;

import java.util.Optional;
import java.util.function.Supplier;

/// A token that code of the user supplies.
final class SuppliedToken implements Credentials {
  private final Supplier<Optional<String>> supplier;

  SuppliedToken(Supplier<Optional<String>> supplier) {
    this.supplier = supplier;
  }

  @Override
  public Optional<String> token() {
    return supplier.get();
  }

  /// A supplier may have a newer token.
  @Override
  public boolean refused(String token) {
    return !supplier.get().equals(Optional.of(token));
  }

  @Override
  public String toString() {
    return "Credentials[a token]";
  }
}
