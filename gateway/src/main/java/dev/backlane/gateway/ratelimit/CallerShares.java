package dev.backlane.gateway.ratelimit;

import java.time.Duration;
import java.util.function.IntSupplier;

/// What one caller may have in flight at the same time, by kind: calls that a client can make last
/// long by sending, reading or waiting.
///
/// @param uploads bodies of background calls that are being received
/// @param downloads contents that are being sent
/// @param lists lists that are being read from the store and sent
/// @param waits calls that wait for the end of an operation
public record CallerShares(InFlight uploads, InFlight downloads, InFlight lists, InFlight waits) {
  /// Bursts of short calls end within this time.
  private static final Duration WAIT_MAX = Duration.ofSeconds(1);

  /// @param uploads `limits.uploads-per-caller`; may change, as all
  /// @param downloads `limits.downloads-per-caller`
  /// @param lists `limits.lists-per-caller`
  /// @param waits `limits.waits-per-caller`
  public static CallerShares of(
      IntSupplier uploads, IntSupplier downloads, IntSupplier lists, IntSupplier waits) {
    return new CallerShares(
        new InFlight("uploads", "limits.uploads-per-caller", uploads, WAIT_MAX),
        new InFlight("downloads", "limits.downloads-per-caller", downloads, WAIT_MAX),
        new InFlight("lists", "limits.lists-per-caller", lists, WAIT_MAX),
        // A wait lasts for long: it is not worth waiting for the end of another.
        new InFlight("waits", "limits.waits-per-caller", waits, Duration.ZERO));
  }
}
