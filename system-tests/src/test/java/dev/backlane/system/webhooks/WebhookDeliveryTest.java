package dev.backlane.system.webhooks;

import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 1.4 and 2.4: notifications of the real process reach receivers that fail, hang, move, vanish and come back.
@Timeout(90)
final class WebhookDeliveryTest {
  @TempDir private static Path folder;

  private static TestGateway plain;
  private static TestGateway signing;

  @BeforeAll
  static void open() {
    plain = TestGateway.open(AdminClient.SETTINGS + DeliveryAttemptStatements.SETTINGS);
    signing = TestGateway.open(AdminClient.SETTINGS + SigningStatements.SETTINGS);
  }

  @AfterAll
  static void close() {
    plain.close();
    signing.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() throws Exception {
    var rows = new ArrayList<Statement>();
    rows.addAll(new NotificationStatements(plain).rows());
    rows.addAll(new DeliveryAttemptStatements(plain).rows());
    rows.addAll(new ReceiverStatements(plain).rows());
    rows.addAll(new RedeliveryStatements(plain).rows());
    rows.addAll(new SigningStatements(plain, signing).rows());
    rows.addAll(new ReceiverTlsStatements(folder, plain).rows());
    rows.addAll(new DeliveryCrashStatements().rows());
    return Statement.rows(rows);
  }
}
