package dev.backlane.system.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.Repository;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Prometheus' own checks of the metrics and the alert rules.
@Timeout(120)
final class PromtoolTest {
  @TempDir private Path folder;

  @Test
  @DisplayName("promtool check metrics has no complaint about /metrics")
  void metricsPass() throws Exception {
    try (var gateway = TestGateway.with(BusyGateway.SETTINGS).start()) {
      var metrics = Files.writeString(folder.resolve("metrics.txt"), BusyGateway.metrics(gateway));
      var ended =
          ExternalProgram.run(List.of("sh", "-c", "promtool check metrics < '" + metrics + "'"));
      assertThat(ended.err()).isEmpty();
      assertThat(ended.out()).isEmpty();
      assertThat(ended.exitCode()).isZero();
    }
  }

  @Test
  @DisplayName("promtool check rules accepts packaging/prometheus/alerts.yaml")
  void alertRulesPass() {
    var rules = Repository.root().resolve("packaging/prometheus/alerts.yaml");
    var ended = ExternalProgram.run(List.of("promtool", "check", "rules", rules.toString()));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
  }
}
