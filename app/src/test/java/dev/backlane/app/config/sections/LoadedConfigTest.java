package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.Setting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoadedConfigTest {
  private static final String SMALLEST = "upstream: { url: 'http://a' }\nauth: { mode: none }\n";
  private static final String KEY = "q".repeat(43) + "=";

  @TempDir private Path folder;

  private LoadedConfig loaded(String text) throws Exception {
    var file = Files.writeString(folder.resolve("backlane.yaml"), SMALLEST + text);
    return LoadedConfig.read(new ConfigSources(Optional.of(file), Map.of(), List.of()));
  }

  private List<String> changes(String before, String after) throws Exception {
    var earlier = loaded(before);
    return loaded(after).changedSince(earlier).stream().map(Setting::key).toList();
  }

  @Test
  void findsNoChangeInAnotherNotationOfTheSameValues() throws Exception {
    var before =
        "routes: [{ path: /a/**, repeatable: true }]\nretention: 60s\nstore: { master-key: "
            + KEY
            + " }\n";
    var after =
        "# moved\n\nstore:\n  master-key: "
            + KEY
            + "\nretention: 1m\nroutes:\n  - repeatable: true\n    path: '/a/**'\n";
    assertThat(changes(before, after)).isEmpty();
    assertThat(changes("", "limits: { queue-max: 1000000 }\n")).as("the default").isEmpty();
  }

  @Test
  void findsChangesOfValuesRowsAndDefaults() throws Exception {
    var before = "routes: [{ path: /a }]\nlimits: { queue-max: 5 }\nserver: { port: 1 }\n";
    var after = "routes: [{ path: /a, concurrency: 1 }]\nlog: { level: WARN }\n";
    assertThat(changes(before, after))
        .containsExactly("server.port", "limits.queue-max", "log.level", "routes");
  }

  @Test
  void marksAsReloadableWhatIsReadForEachDecision() {
    assertThat(Config.SETTINGS)
        .filteredOn(Setting::reloadable)
        .extracting(Setting::key)
        .contains("routes", "subscriptions", "log.level", "limits.queue-max")
        .contains("admin.token", "admin.metrics-token")
        .doesNotContain(
            "server.port", "admin.port", "store.path", "execution.lease", "admin.audit-log");
  }
}
