package dev.backlane.app.process;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notifies systemd of the state of the process, as sd_notify(3) describes, so that a unit can have
/// `Type=notify`. Does nothing if the variable `NOTIFY_SOCKET` is not set. A notification that
/// cannot be sent is logged, and has no other effect. Thread-safe.
public final class Supervisor {
  /// The variable with the address of the socket of systemd.
  static final String VARIABLE = "NOTIFY_SOCKET";

  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  private final Optional<String> address;

  private Supervisor(Optional<String> address) {
    this.address = address;
  }

  /// @param environment the variables of the process
  public static Supervisor of(Map<String, String> environment) {
    return new Supervisor(
        Optional.ofNullable(environment.get(VARIABLE)).filter(value -> !value.isEmpty()));
  }

  /// The process serves: after the start, and after each reload.
  ///
  /// @param status one line for `systemctl status`
  public void ready(String status) {
    send(() -> "READY=1\nSTATUS=" + status.lines().findFirst().orElse(""));
  }

  /// The configuration is read again. [#ready] must follow.
  public void reloading() {
    send(() ->
        "RELOADING=1\nMONOTONIC_USEC="
            + TimeUnit.NANOSECONDS.toMicros(NotifySocket.monotonicNanos()));
  }

  /// The process begins to stop.
  ///
  /// @param max the longest time that it takes; extends `TimeoutStopSec` of the unit if that is
  ///     shorter
  public void stopping(Duration max) {
    send(() ->
        "STOPPING=1\nSTATUS=Draining\nEXTEND_TIMEOUT_USEC="
            + TimeUnit.MILLISECONDS.toMicros(max.toMillis()));
  }

  @FunctionalInterface
  private interface Message {
    String text() throws IOException;
  }

  private void send(Message message) {
    if (address.isEmpty()) {
      return;
    }
    try {
      NotifySocket.send(address.get(), message.text());
    } catch (IOException failed) {
      LOG.warn("systemd was not notified: {}", failed.getMessage());
    }
  }
}
