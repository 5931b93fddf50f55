package dev.backlane.app.cli;

import dev.backlane.app.doctor.Finding;
import dev.backlane.app.doctor.Finding.Level;
import dev.backlane.protocol.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Prints what the doctor finds: a line for each finding as soon as it is known, and a summary; or
/// one JSON document. Not thread-safe.
final class FindingsOutput {
  private static final String RESET = "\u001b[0m";
  private static final Map<Level, String> COLORS =
      Map.of(Level.OK, "\u001b[32m", Level.WARN, "\u001b[33m", Level.FAIL, "\u001b[1;31m");

  private final PrintWriter out;
  private final boolean json;
  private final boolean colors;
  private final List<Finding> all = new ArrayList<>();

  FindingsOutput(PrintWriter out, boolean json, boolean colors) {
    this.out = out;
    this.json = json;
    this.colors = colors;
  }

  void add(Finding finding) {
    all.add(finding);
    if (!json) {
      var level = "%-4s".formatted(finding.level().name().toLowerCase(Locale.ROOT));
      out.printf(
          "%s  %-13s  %s%n",
          colors ? COLORS.get(finding.level()) + level + RESET : level,
          finding.check(),
          finding.line());
      out.flush();
    }
  }

  /// Prints the summary or the document.
  ///
  /// @return the exit code
  int end() {
    long failed = count(Level.FAIL);
    if (json) {
      var document = new LinkedHashMap<String, Object>();
      document.put("ok", failed == 0);
      document.put("findings", all.stream().map(FindingsOutput::document).toList());
      out.println(new String(Json.bytes(document), StandardCharsets.UTF_8));
    } else {
      out.printf("%d ok, %d warn, %d fail%n", count(Level.OK), count(Level.WARN), failed);
    }
    out.flush();
    return failed == 0 ? 0 : Commands.FAILED;
  }

  private long count(Level level) {
    return all.stream().filter(finding -> finding.level() == level).count();
  }

  private static Map<String, String> document(Finding finding) {
    var document = new LinkedHashMap<String, String>();
    document.put("level", finding.level().name().toLowerCase(Locale.ROOT));
    document.put("check", finding.check());
    document.put("what", finding.what());
    if (!finding.fix().isEmpty()) {
      document.put("fix", finding.fix());
    }
    return document;
  }
}
