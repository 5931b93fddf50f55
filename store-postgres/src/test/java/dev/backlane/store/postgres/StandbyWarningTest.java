package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// A node warns at its start if accepted calls could be missing on a standby.
@Timeout(120)
final class StandbyWarningTest {
  private static final String DATABASE = "replicated";

  @Test
  void warnsAboutAsynchronousStandbys() throws Exception {
    try (var primary = PostgresServer.start(PostgresVersion.NEWEST)) {
      primary.createDatabase(DATABASE);
      try (var standby = primary.startStandby()) {
        assertThat(standby.port()).isNotEqualTo(primary.port());
        monitor(primary);
        assertThat(warnings(primary)).as("a synchronous standby").isEmpty();
        primary.set("synchronous_standby_names", "");
        List<String> warnings = List.of();
        for (int i = 0; i < 50 && warnings.isEmpty(); i++) {
          // The standby connects, and the server reads its settings, a moment later.
          assertThat(new CountDownLatch(1).await(200, TimeUnit.MILLISECONDS)).isFalse();
          warnings = warnings(primary);
        }
        assertThat(warnings)
            .singleElement()
            .asString()
            .contains("asynchronous standbys (standby)", "Set synchronous_standby_names");
      }
    }
  }

  private static void monitor(PostgresServer primary) throws Exception {
    try (var connection = primary.connectAsSuperuser(DATABASE);
        var grant = connection.createStatement()) {
      grant.execute("GRANT pg_monitor TO " + primary.user());
    }
  }

  private static List<String> warnings(PostgresServer server) {
    var log = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger("dev.backlane.store.postgres.sql");
    log.start();
    logger.addAppender(log);
    try {
      PostgresStore.open(PostgresStoreContract.settings(server, DATABASE)).close();
    } finally {
      logger.detachAppender(log);
    }
    return log.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }
}
