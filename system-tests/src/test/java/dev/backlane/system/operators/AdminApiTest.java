package dev.backlane.system.operators;

import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// `/admin/v1` of the real process: who gets in, what can be done, what is noted.
@Timeout(60)
final class AdminApiTest {
  private static TestGateway guarded;
  private static TestGateway open;

  @BeforeAll
  static void open() {
    guarded = TestGateway.open(AdminClient.SETTINGS + AdminSubscriptionStatements.SETTINGS);
    open = TestGateway.open("");
  }

  @AfterAll
  static void close() {
    guarded.close();
    open.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    var rows = new ArrayList<Statement>();
    rows.addAll(new AdminAccessStatements(guarded, open).rows());
    rows.addAll(new AdminSubscriptionStatements(guarded).rows());
    rows.addAll(new AdminDeliveryStatements(guarded).rows());
    rows.addAll(new AuditStatements(guarded).rows());
    return Statement.rows(rows);
  }
}
