package dev.backlane.system.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.TestGateway;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The program of the client's page as a process of its own, on the module path, while the gateway
/// is killed and started again.
@Timeout(120)
final class ClientProcessTest {
  private static final int LINES_MAX = 10;
  private static final String REPEATABLE =
      "routes: [{ path: /reports, methods: [POST], repeatable: true }]\n";

  @TempDir private Path folder;

  private ExternalProgram start(URI url, String token) throws Exception {
    var program = JavaProgram.of("client.md").getFirst();
    assertThat(program.source().lines()).hasSizeLessThanOrEqualTo(LINES_MAX);
    return program.start(folder, url.toString(), token);
  }

  private static String token(TestGateway gateway) {
    return gateway.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT);
  }

  private static void assertPrinted(Ended program) {
    assertThat(program.exitCode()).as("%s", program).isZero();
    assertThat(program.err()).isEmpty();
    assertThat(program.out()).containsExactly("late");
  }

  @Test
  void outlivesACrashOfTheGatewayDuringTheWait() throws Exception {
    try (var gateway = TestGateway.with(REPEATABLE).start()) {
      var held = new HeldResponse();
      gateway.api().on("/reports", held);
      var program = start(gateway.url(), token(gateway));
      held.awaitRequest();

      gateway.crash();
      gateway.restartInPlace();
      held.release();

      assertPrinted(program.awaitEnd());
      assertThat(operations(gateway)).isEqualTo(1);
    }
  }

  @Test
  void submitsOnceIfTheGatewayIsKilledBeforeThe202() throws Exception {
    try (var gateway = TestGateway.with(REPEATABLE).start()) {
      var held = new HeldResponse();
      gateway.api().on("/reports", held);
      var killed = new CountDownLatch(1);
      Runnable kill =
          () -> {
            gateway.crash();
            killed.countDown();
          };
      try (var relay = new LostResponses(gateway.url(), 1, kill)) {
        var program = start(relay.url(), token(gateway));
        assertThat(killed.await(30, TimeUnit.SECONDS)).isTrue();
        gateway.restartInPlace();
        held.release();

        assertPrinted(program.awaitEnd());
      }
      assertThat(operations(gateway)).isEqualTo(1);
    }
  }

  private static int operations(TestGateway gateway) throws Exception {
    return gateway.http().get("/v1/background").page().items().size();
  }
}
