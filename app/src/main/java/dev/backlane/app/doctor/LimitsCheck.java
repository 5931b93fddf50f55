package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.wiring.ProcessLimits;

/// The limits of the process.
record LimitsCheck(Config config, ProcessLimits limits) implements Check {
  @Override
  public void run(Findings findings) {
    long needed = limits.openFilesNeeded(config);
    String have = "a process may have " + limits.openFiles() + " open files (ulimit -n)";
    if (limits.openFiles() < needed) {
      findings.warn(
          have + ", and the settings need " + needed,
          "run: ulimit -n "
              + needed
              + ", set LimitNOFILE="
              + needed
              + " of systemd, or lower server.max-connections");
    } else {
      findings.ok(have);
    }
  }
}
