package dev.backlane.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.sections.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The files of `packaging/` against the settings and the times of the program. The packages
/// themselves are tried by `scripts/test-packages`.
final class PackagesTest {
  private static final Path PACKAGING = root().resolve("packaging");
  private static final Duration REST_MAX = Duration.ofSeconds(30);

  @TempDir private Path folder;

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("CONTRIBUTING.md"))) {
      folder = Objects.requireNonNull(folder.getParent());
    }
    return folder;
  }

  /// The longest stop with a configuration.
  private static Duration stopMax(Config config) {
    return config.server().shutdownDelay().plus(config.execution().drainTimeout()).plus(REST_MAX);
  }

  private static Config read(Path file, Map<String, String> environment)
      throws InvalidConfigException {
    return Config.read(new ConfigSources(Optional.of(file), environment, List.of(), List.of()));
  }

  private static String file(String name) throws IOException {
    return Files.readString(PACKAGING.resolve(name));
  }

  private static String of(String unit, String key) {
    var line = Pattern.compile("^" + key + "=(.*)$", Pattern.MULTILINE).matcher(unit);
    assertThat(line.find()).as(key).isTrue();
    return line.group(1);
  }

  @Test
  void theConfigurationOfTheDebianPackageIsValidAndLocal() throws Exception {
    var config = read(PACKAGING.resolve("debian/backlane.yaml"), Map.of());
    assertThat(config.local()).isTrue();
    var unit = file("debian/backlane.service");
    assertThat(of(unit, "Type")).isEqualTo("notify");
    assertThat(of(unit, "TimeoutStopSec")).isEqualTo("11min");
    assertThat(Duration.ofMinutes(11)).isGreaterThanOrEqualTo(stopMax(config));
    assertThat(of(unit, "ExecStart")).endsWith(" serve --config /etc/backlane/backlane.yaml");
    assertThat(file("debian/postinst")).contains("BACKLANE_ADMIN_TOKEN=");
    assertThat(variables()).contains("BACKLANE_ADMIN_TOKEN");
  }

  private static List<String> variables() {
    return Config.SETTINGS.stream().map(Setting::environmentName).toList();
  }

  @Test
  void theManifestsAreCompleteAndTheirSettingsExist() throws Exception {
    var manifests = file("kubernetes/backlane.yaml");
    var byKind = new HashMap<String, Map<?, ?>>();
    for (var document : new Load(LoadSettings.builder().build()).loadAllFromString(manifests)) {
      var manifest = (Map<?, ?>) document;
      byKind.put(String.valueOf(manifest.get("kind")), manifest);
      assertThat(at(manifest, "metadata", "labels", "app.kubernetes.io/name"))
          .isEqualTo("backlane");
    }
    var pod = at(manifest(byKind, "StatefulSet"), "spec", "template", "spec");
    var container = (Map<?, ?>) ((List<?>) at(pod, "containers")).getFirst();
    var environment = new HashMap<String, String>();
    for (var each : (List<?>) at(container, "env")) {
      var name = String.valueOf(at(each, "name"));
      assertThat(variables()).contains(name);
      assertThat(at(each, "valueFrom", "secretKeyRef", "name")).isEqualTo("backlane");
      var key = String.valueOf(at(each, "valueFrom", "secretKeyRef", "key"));
      assertThat(manifests).contains("--from-literal=" + key + "=");
      environment.put(name, name.endsWith("MASTER_KEY") ? "A".repeat(43) + "=" : secret(name));
    }
    var yaml = String.valueOf(at(manifest(byKind, "ConfigMap"), "data", "backlane.yaml"));
    var config = read(Files.writeString(folder.resolve("backlane.yaml"), yaml), environment);

    int grace = (Integer) at(pod, "terminationGracePeriodSeconds");
    assertThat(Duration.ofSeconds(grace)).isGreaterThanOrEqualTo(stopMax(config));
    var readiness = at(container, "readinessProbe");
    int noticed =
        (Integer) at(readiness, "periodSeconds") * (Integer) at(readiness, "failureThreshold");
    assertThat(Duration.ofSeconds(noticed)).isLessThan(config.server().shutdownDelay());
    for (var probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      assertThat(at(container, probe, "httpGet", "path")).asString().startsWith("/health/");
      assertThat(at(container, probe, "httpGet", "port")).isEqualTo("operators");
    }
    var ports = ports(container);
    assertThat(ports.get("http")).isEqualTo(config.server().listener().port());
    assertThat(ports.get("operators")).isEqualTo(config.admin().listener().orElseThrow().port());
    assertThat(at(manifest(byKind, "PodDisruptionBudget"), "spec", "maxUnavailable")).isEqualTo(1);
    assertThat(at(pod, "securityContext", "runAsUser")).isEqualTo(10001);
    assertThat(at(container, "securityContext", "readOnlyRootFilesystem")).isEqualTo(true);
    assertThat((Integer) at(manifest(byKind, "StatefulSet"), "spec", "replicas")).isGreaterThan(1);
  }

  private static Map<?, ?> manifest(Map<String, Map<?, ?>> byKind, String kind) {
    return Objects.requireNonNull(byKind.get(kind), kind);
  }

  /// Different for each name, since the two tokens of operators must differ.
  private static String secret(String name) {
    return name.replace('_', '-') + "-".repeat(40);
  }

  private static Map<String, Object> ports(Map<?, ?> container) {
    var ports = new HashMap<String, Object>();
    for (var port : (List<?>) at(container, "ports")) {
      ports.put(String.valueOf(at(port, "name")), at(port, "containerPort"));
    }
    return ports;
  }

  /// The value at a path, which exists.
  private static Object at(Object of, String... path) {
    Object value = of;
    for (var name : path) {
      value = value instanceof Map<?, ?> members ? members.get(name) : null;
      assertThat(value).as("%s in %s", name, List.of(path)).isNotNull();
    }
    return Objects.requireNonNull(value);
  }

  @Test
  void theImagesAndTheManifestsHaveTheSameUser() throws IOException {
    var user = "10001";
    assertThat(file("kubernetes/backlane.yaml")).contains("runAsUser: " + user);
    assertThat(Files.readString(root().resolve("Dockerfile"))).contains("USER " + user);
    assertThat(file("image/src/main/java/dev/backlane/image/ProgramImage.java"))
        .contains("USER = \"" + user + ":" + user + "\"");
    assertThat(file("image/base")).contains("backlane:x:" + user + ":" + user + ":");
  }
}
