package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.Config;

/// The files that are neither in the store nor of TLS.
record FilesCheck(Config config) implements Check {
  @Override
  public void run(Findings findings) {
    config
        .admin()
        .auditLog()
        .ifPresent(file ->
            Permissions.obstacleToWriting(file)
                .ifPresentOrElse(
                    findings::fail, () -> findings.ok("audit log " + file + " can be written")));
  }
}
