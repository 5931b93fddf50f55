package dev.backlane.gateway.credentials;

import dev.backlane.engine.operation.Header;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Decides before a call is accepted whether its token can be used when it is sent. The tolerance
/// for clocks does not count: the upstream or the token endpoint would judge the token again.
/// Thread-safe.
public final class CallerTokenCheck {
  private final Use use;
  private final InstantSource clock;

  /// What stored calls do with the token of their caller.
  public enum Use {
    /// It is not needed.
    NONE,
    /// It is sent if there is one: `forward`.
    FORWARDED,
    /// It is exchanged for another: `token-exchange`.
    EXCHANGED
  }

  public CallerTokenCheck(Use use, InstantSource clock) {
    this.use = use;
    this.clock = clock;
  }

  /// The token of a call.
  ///
  /// @param missing whether the call needs one and has none
  /// @param usableUntil when it expires; [Instant#MAX] if it is not needed
  public record Checked(boolean missing, Instant usableUntil) {
    private static final Checked NOT_NEEDED = new Checked(false, Instant.MAX);
  }

  /// Reads the token of a call.
  ///
  /// @param credentials the fields of the call that are sealed
  /// @param expiresAt when its token expires as far as it was verified; [Instant#MAX] if unknown
  public Checked read(List<Header> credentials, Instant expiresAt) {
    if (use == Use.NONE) {
      return Checked.NOT_NEEDED;
    }
    var token = CallerToken.in(credentials);
    if (token.isEmpty()) {
      return use == Use.EXCHANGED ? new Checked(true, Instant.MAX) : Checked.NOT_NEEDED;
    }
    var own = CallerToken.expiry(token.get()).filter(expiry -> expiry.isBefore(expiresAt));
    return new Checked(false, own.orElse(expiresAt));
  }

  /// Why a call could not be sent now; empty if it could.
  public Optional<String> obstacle(Checked token) {
    if (token.missing()) {
      return Optional.of("The call needs a bearer token, which is exchanged when it is sent.");
    }
    return clock.instant().isBefore(token.usableUntil())
        ? Optional.empty()
        : Optional.of(
            "The token expired at "
                + token.usableUntil()
                + ", before the call could be sent with it. Send the call with a fresh token.");
  }
}
