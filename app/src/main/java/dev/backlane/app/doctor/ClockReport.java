package dev.backlane.app.doctor;

import java.time.Duration;

/// Compares clocks. Stateless.
final class ClockReport {
  /// `Date` has whole seconds, and a response takes some time.
  private static final Duration EXACT = Duration.ofSeconds(3);

  /// Tokens and webhook signatures are judged with this tolerance or a larger one.
  private static final Duration HARMFUL = Duration.ofSeconds(60);

  private ClockReport() {}

  /// Reports how far the clock of this machine is from another one.
  ///
  /// @param ahead of this machine; negative: behind
  static void report(Duration ahead, String other, Findings findings) {
    var clock = findings.of("clock");
    if (ahead.abs().compareTo(EXACT) <= 0) {
      clock.ok("agrees with " + other);
      return;
    }
    var what =
        "this machine's clock is "
            + text(ahead.abs())
            + (ahead.isNegative() ? " behind " : " ahead of ")
            + other;
    var fix = "synchronize the one that is wrong with NTP (timedatectl, chronyc tracking)";
    if (ahead.abs().compareTo(HARMFUL) > 0) {
      clock.fail(what, fix);
    } else {
      clock.warn(what, fix);
    }
  }

  private static String text(Duration difference) {
    if (difference.toHours() > 0) {
      return difference.toHours() + " h " + difference.toMinutesPart() + " min";
    }
    return difference.toMinutes() > 0
        ? difference.toMinutes() + " min " + difference.toSecondsPart() + " s"
        : difference.toSeconds() + " s";
  }
}
