package dev.backlane.app.config;

import java.util.List;

/// The settings of how much one client of one tenant may ask for.
final class RateSettings {
  private static final int PER_MINUTE_MAX = 1_000_000_000;

  static final Setting<Integer> CALLS =
      Setting.of(
              "limits.calls-per-minute",
              Types.wholeNumber(0, PER_MINUTE_MAX),
              "Background calls of one client of one tenant a minute; more are answered 429. Each node counts for"
                  + " itself. 0 sets no bound.")
          .byDefault("0");
  static final Setting<Integer> READS =
      Setting.of(
              "limits.reads-per-minute",
              Types.wholeNumber(0, PER_MINUTE_MAX),
              "Requests below /v1/background of one client of one tenant a minute; more are answered 429. Each node counts for"
                  + " itself. 0 sets no bound.")
          .byDefault("0");

  static final List<Setting<?>> ALL = List.of(CALLS, READS);

  private RateSettings() {}
}
