package dev.backlane.app.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.Wiring;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/// A gateway in this process, with all of its parts and a store in memory, whose log is checked.
final class FuzzedGateway implements AutoCloseable {
  private final Faults faults = new Faults();
  private final RunningGateway gateway;

  /// Keeps what no input may cause: errors, and stack traces.
  private static final class Faults extends AppenderBase<ILoggingEvent> {
    private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.ERROR) || event.getThrowableProxy() != null) {
        var cause = event.getThrowableProxy();
        seen.add(
            event.getLoggerName()
                + ": "
                + event.getFormattedMessage()
                + (cause == null ? "" : " " + cause.getClassName() + ": " + cause.getMessage()));
      }
    }
  }

  FuzzedGateway(URI upstream) throws InvalidConfigException {
    rootLogger().addAppender(faults);
    faults.start();
    gateway =
        Wiring.start(
            Config.read(
                new ConfigSources(
                    Optional.empty(),
                    Map.of(),
                    List.of(
                        flag("server.port", "0"),
                        flag("upstream.url", upstream.toString()),
                        flag("upstream.response-timeout", "5s"),
                        flag("auth.mode", "none"),
                        flag("auth.allow-insecure", "true"),
                        flag("store.kind", "memory"),
                        flag("execution.max-attempts", "1"),
                        flag("execution.drain-timeout", "1s"),
                        flag("server.shutdown-delay", "0s"),
                        flag("admin.token", "a-token-of-the-fuzz-tests-for-operators")))));
  }

  private static ConfigSources.Flag flag(String name, String value) {
    return new ConfigSources.Flag("--" + name, value);
  }

  private static Logger rootLogger() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  int port() {
    return gateway.url().getPort();
  }

  /// Asserts that no input has caused an error or a stack trace in the log.
  void assertLogIsClean() {
    assertThat(faults.seen).isEmpty();
  }

  @Override
  public void close() {
    gateway.close();
    rootLogger().detachAppender(faults);
  }
}
