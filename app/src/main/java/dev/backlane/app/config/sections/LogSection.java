package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;
import java.util.List;

/// `log`: what is logged.
///
/// @param level the lowest level of the gateway's own messages that is logged
public record LogSection(String level) {
  static final Section SECTION = Section.of("What is logged on standard error.");

  private static final Setting<String> LEVEL =
      SECTION.add(
          Setting.of(
                  "log.level",
                  Types.oneOf(List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE", "OFF")),
                  "The lowest level of the gateway's own messages that is logged. Libraries log from"
                      + " WARN.")
              .byDefault("INFO")
              .reloaded());

  static LogSection of(Values values) {
    return new LogSection(values.get(LEVEL));
  }
}
