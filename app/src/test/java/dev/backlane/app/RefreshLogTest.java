package dev.backlane.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.refresh.Refresher;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// The log lines when a node cannot read what other nodes change.
@Timeout(30)
final class RefreshLogTest {
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Loop.class);

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
  }

  @Test
  void logsAnUnavailableStoreOnceAndItsRecoveryOnce() throws Exception {
    var readings = new CountDownLatch(5);
    Runnable read =
        () -> {
          readings.countDown();
          if (readings.getCount() > 1) {
            throw new StoreException("the database is unavailable");
          }
        };
    try (var refresher =
        new Refresher("subscriptions", Duration.ofMillis(1), read, Threads.VIRTUAL)) {
      refresher.start();
      assertThat(readings.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .satisfiesExactly(
            failure ->
                assertThat(failure)
                    .isEqualTo(
                        "Refresh of subscriptions failed; retrying in 1 ms: the database is unavailable"),
            recovery ->
                assertThat(recovery)
                    .matches("Refresh of subscriptions works again; it failed for \\d+ ms"));
  }
}
