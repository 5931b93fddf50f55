package dev.backlane.app.cli;

import static java.util.stream.Collectors.joining;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.sections.LoadedConfig;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.engine.memory.OutOfMemory;
import dev.backlane.engine.store.failure.StoreException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the configuration file of a running gateway again: applies all reloadable settings that
/// have changed, or none, and reports the others. Values are not logged, since they may be secrets.
/// Not thread-safe.
final class Reload {
  private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

  private final ConfigOptions options;
  private final LoadedConfig started;
  private final RunningGateway gateway;
  private LoadedConfig present;

  /// @param started the configuration with which the gateway was started
  Reload(ConfigOptions options, LoadedConfig started, RunningGateway gateway) {
    this.options = options;
    this.started = started;
    this.present = started;
    this.gateway = gateway;
  }

  /// Applies the file as it is now. Problems are logged, and nothing is changed then.
  void run() {
    if (options.file().isEmpty()) {
      LOG.warn("SIGHUP: the gateway was started without a configuration file; nothing to reload");
      return;
    }
    try {
      apply(options.load());
    } catch (InvalidConfigException wrong) {
      LOG.error(
          "SIGHUP: the configuration is wrong and was not applied; the previous one stays in use: {}",
          String.join(" | ", wrong.lines()));
    } catch (StoreException unavailable) {
      LOG.error(
          "SIGHUP: the configuration was not applied, since the store is unavailable; the previous"
              + " one stays in use. Send SIGHUP again later: {}",
          unavailable.getMessage());
    } catch (RuntimeException | Error failed) {
      // An Error too, such as a class that a replaced jar no longer has: it must not end the
      // process.
      OutOfMemory.endProcess(failed);
      LOG.error("SIGHUP: the configuration was not applied; the previous one stays in use", failed);
    }
  }

  private void apply(LoadedConfig next) {
    var changed = next.changedSince(present).stream().filter(Setting::reloadable).toList();
    gateway.reload(next.config());
    next.config().telemetry().configureLog();
    present = next;
    // Compared with the start, so that each reload reports what still waits for a restart.
    for (var setting : next.changedSince(started)) {
      if (!setting.reloadable()) {
        LOG.warn("SIGHUP: {} has changed and needs a restart", setting.key());
      }
    }
    LOG.info(
        "SIGHUP: the configuration was read again; changed: {}",
        changed.isEmpty() ? "nothing" : keys(changed));
  }

  private static String keys(List<Setting<?>> settings) {
    return settings.stream().map(Setting::key).collect(joining(", "));
  }
}
