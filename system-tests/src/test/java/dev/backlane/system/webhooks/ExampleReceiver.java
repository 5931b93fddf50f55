package dev.backlane.system.webhooks;

import dev.backlane.protocol.webhook.WebhookVerifier;
import dev.backlane.system.support.DocumentationPage;
import dev.backlane.system.support.ServerProgram;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The documentation's receiver in Java, as a process. Thread-safe.
final class ExampleReceiver implements AutoCloseable {
  private final ServerProgram program;
  private final URI url;

  /// @param folder for its source
  /// @param secrets separated by commas
  ExampleReceiver(Path folder, String secrets) throws Exception {
    var source =
        Files.writeString(
            folder.resolve("Receiver.java"), DocumentationPage.of("webhooks.md").block("java"));
    var protocol =
        Path.of(WebhookVerifier.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    program =
        new ServerProgram(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--class-path",
                protocol.toString(),
                source.toString(),
                "0"),
            Map.of("WEBHOOK_SECRETS", secrets));
    url = URI.create(program.line());
  }

  URI url() {
    return url;
  }

  /// The next line that it prints.
  String line() throws InterruptedException {
    return program.line();
  }

  /// The printed lines that no call of [#line] has returned.
  List<String> rest() {
    return program.rest();
  }

  @Override
  public void close() {
    program.close();
  }
}
