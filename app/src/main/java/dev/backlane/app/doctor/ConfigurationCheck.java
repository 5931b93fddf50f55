package dev.backlane.app.doctor;

import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.sections.LoadedConfig;
import java.nio.file.Path;
import java.util.Optional;

/// The configuration, which has been read before: whether other users can read its secrets.
record ConfigurationCheck(LoadedConfig loaded, Optional<Path> file) implements Check {
  @Override
  public void run(Findings findings) {
    if (file.isEmpty()) {
      findings.ok("no file; variables and flags only");
      return;
    }
    var path = file.get();
    var secrets = loaded.secretsInFile().stream().map(Setting::key).toList();
    if (!secrets.isEmpty() && Permissions.openToOthers(path)) {
      findings.warn(
          path + " can be read by other users and contains " + String.join(", ", secrets),
          "run: chmod 600 " + path);
    } else {
      findings.ok(path.toString());
    }
  }
}
