package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.protocol.webhook.WebhookVerifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The documentation's receiver in Java, as a process. Thread-safe.
final class ExampleReceiver implements AutoCloseable {
  private static final long LINE_SECONDS_MAX = 60;

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final URI url;

  /// @param folder for its source
  /// @param secrets separated by commas
  ExampleReceiver(Path folder, String secrets) throws Exception {
    var source =
        Files.writeString(
            folder.resolve("Receiver.java"), DocumentationPage.of("webhooks.md").block("java"));
    var protocol =
        Path.of(WebhookVerifier.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var builder =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "--class-path",
                    protocol.toString(),
                    source.toString(),
                    "0"))
            .redirectErrorStream(true);
    builder.environment().put("WEBHOOK_SECRETS", secrets);
    process = builder.start();
    // A platform thread: reading from a pipe would pin the carrier of a virtual thread.
    Thread.ofPlatform().daemon().start(this::read);
    url = URI.create(line());
  }

  private void read() {
    try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      reader.lines().forEach(lines::add);
    } catch (IOException e) {
      lines.add("(reading its output failed: " + e.getMessage() + ")");
    }
  }

  URI url() {
    return url;
  }

  /// The next line that it prints.
  String line() throws InterruptedException {
    var line = lines.poll(LINE_SECONDS_MAX, TimeUnit.SECONDS);
    if (line == null) {
      throw new AssertionError("the receiver printed nothing within " + LINE_SECONDS_MAX + " s");
    }
    return line;
  }

  /// The printed lines that no call of [#line] has returned.
  List<String> rest() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
