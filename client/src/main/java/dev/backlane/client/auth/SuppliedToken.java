package dev.backlane.client.auth;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A token that code of the user supplies.
final class SuppliedToken implements Credentials {
  private final Supplier<? extends @Nullable String> supplier;

  SuppliedToken(Supplier<? extends @Nullable String> supplier) {
    this.supplier = supplier;
  }

  @Override
  public Optional<String> token() throws CredentialsException {
    return Optional.of(supplied());
  }

  private String supplied() throws CredentialsException {
    var token = supplier.get();
    if (token == null || token.isBlank()) {
      throw new CredentialsException(
          "The supplier of access tokens returned none. Let it return a token, or use"
              + " Credentials.none().",
          false);
    }
    return token.strip();
  }

  /// A supplier may have a newer token.
  @Override
  public boolean refused(String token) {
    try {
      return !supplied().equals(token);
    } catch (CredentialsException none) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "Credentials[a token]";
  }
}
