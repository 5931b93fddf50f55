package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;

/// `trigger`: which calls run in the background.
///
/// @param prefer whether `Prefer: respond-async` and `wait` of calls are for Backlane
public record TriggerSection(boolean prefer) {
  static final Section SECTION = Section.of("Which calls run in the background.");

  private static final Setting<Boolean> PREFER =
      SECTION.add(
          Setting.of(
                  "trigger.prefer",
                  Types.bool(),
                  "Whether Prefer: respond-async makes a call a background call, and wait=N holds"
                      + " the response of a background call. If false, only erp-api-background"
                      + " does, and the upstream gets both preferences: for an upstream that"
                      + " implements them itself.")
              .byDefault("true")
              .reloaded());

  static TriggerSection of(Values values) {
    return new TriggerSection(values.get(PREFER));
  }
}
