package dev.backlane.system.support.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ServerProgram;
import dev.backlane.system.support.TestGateway;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Chromium at the dashboard of a gateway. It runs the scenarios of
/// `system-tests/src/test/node/dashboard/scenarios.mjs`, each in windows of its own, and starts
/// with the first one. Not thread-safe.
public final class DashboardBrowser implements AutoCloseable {
  private Optional<Running> running = Optional.empty();

  /// @param address to which scenarios connect
  private record Running(ServerProgram program, String address) {}

  /// Runs a scenario, and fails if it fails.
  ///
  /// @param settings variables for the scenario, besides those of the gateway and of its API
  public void run(String scenario, TestGateway gateway, Map<String, String> settings)
      throws InterruptedException {
    var variables = new HashMap<>(settings);
    variables.put("BROWSER", address());
    variables.put("GATEWAY_URL", gateway.url().toString());
    variables.put("API_URL", gateway.api().url().toString());

    var ended =
        NodeTools.runScript("dashboard/scenarios.mjs", List.of(scenario), Map.copyOf(variables));

    assertThat(ended.exitCode()).as(String.join("\n", ended.err())).isZero();
  }

  private String address() throws InterruptedException {
    if (running.isEmpty()) {
      var program = NodeTools.startScript("dashboard/server.mjs");
      running = Optional.of(new Running(program, program.line()));
    }
    var address = running.get().address();
    assertThat(address).as("the browser starts").startsWith("ws://");
    return address;
  }

  @Override
  public void close() {
    running.ifPresent(each -> each.program().close());
  }
}
