package dev.backlane.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.wiring.RunningGateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What `serve` sends to systemd, received by a real datagram socket.
@Timeout(60)
final class SupervisedServeTest {
  /// Prints a line for each datagram: its lines, separated by `|`.
  private static final String RECEIVER =
      """
      import socket, sys
      name = sys.argv[1]
      receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      receiver.bind('\\0' + name[1:] if name.startswith('@') else name)
      print('bound', flush=True)
      while True:
          print(receiver.recv(4096).decode().replace('\\n', '|'), flush=True)
      """;

  private static final Pattern NOTIFICATIONS =
      Pattern.compile(
          """
          READY=1\\|STATUS=Backlane serves é
          RELOADING=1\\|MONOTONIC_USEC=(\\d+)
          READY=1\\|STATUS=Backlane serves é
          STOPPING=1\\|STATUS=Draining\\|EXTEND_TIMEOUT_USEC=635000000
          """);

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void notifiesSystemdAtAPath() throws Exception {
    var path = folder.resolve("notify").toString();
    assertThat(serve(path, receive(path, 4))).matches(NOTIFICATIONS);
  }

  @Test
  void notifiesSystemdAtAnAbstractName() throws Exception {
    var name = "@backlane-test-" + UUID.randomUUID();
    assertThat(serve(name, receive(name, 4))).matches(NOTIFICATIONS);
  }

  @Test
  void namesTheTimeOfAReloadByTheMonotonicClock() throws Exception {
    var path = folder.resolve("notify").toString();
    long before = uptimeMicros();
    var found = NOTIFICATIONS.matcher(serve(path, receive(path, 4)));
    assertThat(found.matches()).isTrue();
    // Both clocks begin at the boot; the one of the file also counts a suspended machine.
    assertThat(Long.parseLong(found.group(1)))
        .isLessThanOrEqualTo(uptimeMicros())
        .isGreaterThan(before - TimeUnit.HOURS.toMicros(1));
  }

  @Test
  void servesIfSystemdCannotBeNotified() throws Exception {
    for (var socket :
        List.of(folder.resolve("absent").toString(), "vsock:1:2", "/" + "long".repeat(30))) {
      assertThat(serve(socket, () -> "")).isEmpty();
    }
    assertThat(out).hasToString("Backlane serves é\n".repeat(3));
  }

  /// Receives datagrams in a process, since the JDK has no such socket.
  private static final class Receiver implements AutoCloseable {
    private final Process process;
    private final BufferedReader printed;

    Receiver(String address) throws IOException {
      var builder =
          new ProcessBuilder("python3", "-c", RECEIVER, address).redirectErrorStream(true);
      builder.environment().put("PYTHONIOENCODING", "utf-8");
      process = builder.start();
      printed =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      assertThat(printed.readLine()).isEqualTo("bound");
    }

    /// The next datagrams.
    String lines(int count) throws IOException {
      var lines = new StringBuilder();
      for (int i = 0; i < count; i++) {
        lines.append(printed.readLine()).append('\n');
      }
      return lines.toString();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @FunctionalInterface
  private interface Received {
    String text() throws IOException;
  }

  private Received receive(String address, int datagrams) throws IOException {
    var receiver = new Receiver(address);
    return () -> {
      try (receiver) {
        return receiver.lines(datagrams);
      }
    };
  }

  private String serve(String socket, Received received) throws IOException {
    run(Map.of("NOTIFY_SOCKET", socket));
    return received.text();
  }

  /// Serves, reloads once, and stops.
  private void run(Map<String, String> environment) {
    int code =
        new Commands(
                environment,
                _ -> new Announced(),
                new ReloadThenStop(),
                new PrintWriter(out, true),
                new PrintWriter(err, true))
            .run("serve", "--upstream=http://127.0.0.1:9000", "--auth.mode=none");
    assertThat(code).as(err.toString()).isZero();
  }

  private static long uptimeMicros() throws IOException {
    var seconds = Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0];
    return (long) (Double.parseDouble(seconds) * TimeUnit.SECONDS.toMicros(1)) + 10_000;
  }

  private static final class ReloadThenStop implements StopSignal {
    @Override
    public void await() {
      throw new IllegalStateException("serve can reload");
    }

    @Override
    public void await(Runnable reload) {
      reload.run();
    }
  }

  private static final class Announced implements RunningGateway {
    @Override
    public String announcement() {
      return "Backlane serves é";
    }

    @Override
    public Map<String, Object> facts() {
      return Map.of();
    }

    @Override
    public URI url() {
      return URI.create("http://127.0.0.1:8080");
    }

    @Override
    public URI operatorsUrl() {
      return url();
    }

    @Override
    public void reload(Config next) {}

    @Override
    public Duration stopMax() {
      return Duration.ofSeconds(635);
    }

    @Override
    public void stopNow() {}

    @Override
    public void close() {}
  }
}
