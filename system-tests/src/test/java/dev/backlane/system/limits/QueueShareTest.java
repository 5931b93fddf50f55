package dev.backlane.system.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A tenant that fills the queue leaves a part of it to the other tenants.
@Timeout(60)
final class QueueShareTest {
  private static final String SETTINGS =
      "execution: { concurrency: 1 }\nlimits: { queue-max: 16%s }\n";

  /// What each caller can queue, one after the other, while the only permit is taken.
  private static List<Integer> queued(TestGateway gateway, int tenants) throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/held", held);
    gateway.http("first", "first", "first").begin("/held");
    held.awaitRequest();
    var queued = new ArrayList<Integer>();
    for (int tenant = 0; tenant < tenants; tenant++) {
      var name = "tenant-" + tenant;
      queued.add(queuedUntilRefused(gateway.http(name, name, name)));
    }
    held.release();
    return queued;
  }

  private static int queuedUntilRefused(Http caller) throws Exception {
    for (int queued = 0; ; queued++) {
      var response = caller.post("/held", "x", "erp-api-background", "none");
      if (response.status() != 202) {
        response.assertProblem(503, "overloaded");
        assertThat(Integer.parseInt(response.header("Retry-After"))).isPositive();
        return queued;
      }
    }
  }

  @Test
  void tenantLeavesAnEighthToOthers() throws Exception {
    try (var gateway = TestGateway.with(SETTINGS.formatted("")).start()) {
      assertThat(queued(gateway, 3)).containsExactly(14, 1, 1);
    }
  }

  @Test
  void fixedLimitOfATenantApplies() throws Exception {
    var fixed = SETTINGS.formatted(", queue-max-per-tenant: 5");
    try (var gateway = TestGateway.with(fixed).start()) {
      assertThat(queued(gateway, 4)).containsExactly(5, 5, 5, 1);
    }
  }

  @Test
  void refusalNamesTheShareOfTheTenant() throws Exception {
    var fixed = SETTINGS.formatted(", queue-max-per-tenant: 1");
    try (var gateway = TestGateway.with(fixed).start()) {
      var held = new HeldResponse();
      gateway.api().on("/held", held);
      var caller = gateway.http();
      var running = caller.begin("/held");
      held.awaitRequest();
      var waiting = caller.begin("/held");
      var refused = caller.post("/held", "x", "erp-api-background", "none");
      assertThat(refused.text())
          .contains("Your tenant has as many calls waiting", "limits.queue-max-per-tenant");
      held.release();
      caller.awaitEnd(running);
      caller.awaitEnd(waiting);
      caller.awaitEnd(caller.begin("/held"));
    }
  }
}
