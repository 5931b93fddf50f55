package dev.backlane.engine.background;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.backlane.engine.store.failure.StoreException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class WriteRetryTest {
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(WriteRetry.class);
  private final ScriptedThreads threads = new ScriptedThreads(5);
  private final WriteRetry retry = new WriteRetry(threads);
  private final AtomicInteger tries = new AtomicInteger();

  @BeforeEach
  void captureLog() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void releaseLog() {
    logger.detachAppender(log);
  }

  private boolean stored(int failures) {
    return retry.untilStored(
        () -> "The outcome",
        () -> {
          if (tries.incrementAndGet() <= failures) {
            throw new StoreException("the database is unavailable");
          }
        });
  }

  @Test
  void writesOnceIfTheStoreAccepts() {
    assertThat(stored(0)).isTrue();
    assertThat(tries).hasValue(1);
    assertThat(threads.waits()).isEmpty();
    assertThat(log.list).isEmpty();
  }

  @Test
  void retriesEverySecondAndLogsOnce() {
    assertThat(stored(4)).isTrue();
    assertThat(tries).hasValue(5);
    assertThat(threads.waits()).hasSize(4).containsOnly(WriteRetry.PAUSE);
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "The outcome could not be stored; retrying every 1000 ms: the database is unavailable",
            "The outcome was stored after 4000 ms");
  }

  @Test
  void givesUpWhenStopped() {
    retry.stop();
    assertThat(stored(1)).isFalse();
    assertThat(tries).hasValue(1);
    assertThat(threads.waits()).isEmpty();
  }

  @Test
  void givesUpWhenInterruptedAndKeepsTheInterrupt() {
    assertThat(stored(100)).isFalse();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(threads.waits()).hasSize(5);
  }

  @Test
  void throwsUnexpectedExceptions() {
    assertThatIllegalStateException()
        .isThrownBy(() ->
            retry.untilStored(
                () -> "The outcome",
                () -> {
                  throw new IllegalStateException("broken");
                }));
  }

  @Test
  void doesNotRepeatAWriteWhoseValueIsRefused() {
    var refused = new StoreException.Refused("the value is too large");
    assertThatThrownBy(() ->
            retry.untilStored(
                () -> "The outcome",
                () -> {
                  throw tries.incrementAndGet() == 1
                      ? new StoreException("the database is unavailable")
                      : refused;
                }))
        .isSameAs(refused);
    assertThat(tries).hasValue(2);
    assertThat(threads.waits()).hasSize(1);
  }
}
