package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.LoadedConfig;
import dev.backlane.app.wiring.ProcessLimits;
import dev.backlane.app.wiring.Version;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Runs all checks of a configuration, in the order of their dependence: what fails first is often
/// the cause of what fails later.
public final class Doctor {
  private final LoadedConfig loaded;
  private final Optional<Path> file;
  private final ProcessLimits limits;
  private final InstantSource clock;

  /// @param file the file of the configuration; empty: it has none
  /// @param limits of a gateway's process
  /// @param clock of this machine
  public Doctor(
      LoadedConfig loaded, Optional<Path> file, ProcessLimits limits, InstantSource clock) {
    this.loaded = loaded;
    this.file = file;
    this.limits = limits;
    this.clock = clock;
  }

  /// Runs all checks.
  ///
  /// @param to receives each finding as soon as it is known
  public void run(Consumer<Finding> to) throws InterruptedException {
    for (var check : checks().entrySet()) {
      check.getValue().run(new Findings(check.getKey(), to));
    }
  }

  private Map<String, Check> checks() {
    Config config = loaded.config();
    var store = new StoreCheck(config, clock);
    var checks = new LinkedHashMap<String, Check>();
    checks.put(
        "program",
        findings ->
            findings.ok("backlane " + Version.text() + ", Java " + Runtime.version().feature()));
    checks.put("configuration", new ConfigurationCheck(loaded, file));
    checks.put("store", store);
    checks.put("port", new PortCheck(config, store::inUse));
    checks.put("tls", new TlsCheck(config, clock));
    checks.put("upstream", new UpstreamCheck(config.upstream(), clock));
    checks.put("issuer", new IssuerCheck(config, clock));
    checks.put("files", new FilesCheck(config));
    checks.put("limits", new LimitsCheck(config, limits));
    checks.put("receivers", new ReceiversCheck(config));
    return checks;
  }
}
