package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.support.DocumentationPage;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Programs that verify notifications: a third-party library, OpenSSL in a shell, Node, and our
/// own. The shell and Node programs are the documentation's examples.
final class SignatureVerifiers {
  private static final String SHELL_CALLS =
      """
      if standard "$1" "$2" "$3" "$4" "$6"; then echo true; else echo false; fi
      if documented "$1" "$5" "$6"; then echo true; else echo false; fi
      """;
  private static final String NODE_CALLS =
      """
      import { readFileSync } from 'node:fs';
      const [secret, id, time, signatures, documented, file] = process.argv.slice(2);
      const headers = {
        'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures };
      const body = readFileSync(file);
      console.log(verify(secret, headers, body));
      console.log(verifyDocumented(secret, documented, body));
      """;

  /// Each input is hostile, so each line of the output must be `false`.
  private static final String HOSTILE_NODE_CALLS =
      """
      const secret = process.argv[2];
      const now = String(Math.floor(Date.now() / 1000));
      const body = Buffer.from('{}');
      const empty = createHmac('sha256', '').update('1.' + now + '.{}').digest('base64');
      const all = [];
      const times = [undefined, '', now, 'soon', '9'.repeat(5000), [now], '0', '-1', 'NaN'];
      const signatures =
        [undefined, '', ' ', 'v1,', 'v1', 'v1,*', 'v1,\u00e9', ['v1,x'], 'x'.repeat(9999)];
      const headers = (id, time, given) =>
        ({ 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': given });
      for (const id of [undefined, '', '1', ['1', '2']]) {
        for (const time of times) {
          for (const given of signatures) {
            all.push(() => verify(secret, headers(id, time, given), body));
          }
        }
      }
      all.push(() => verify(secret, {}, body));
      all.push(() => verify('', headers('1', now, 'v1,' + empty), body));
      for (const given of [undefined, null, '', 'x', '\u00e9', ['x']]) {
        all.push(() => verifyDocumented(secret, given, body));
      }
      all.forEach((call) => console.log(call()));
      """;

  private final Path folder;
  private final Path shell;
  private final Path node;

  /// @param folder for files
  SignatureVerifiers(Path folder) throws IOException {
    var page = DocumentationPage.of("webhooks.md");
    this.folder = folder;
    this.shell = Files.writeString(folder.resolve("verify.sh"), page.block("sh") + SHELL_CALLS);
    this.node = Files.writeString(folder.resolve("verify.mjs"), page.block("js") + NODE_CALLS);
  }

  /// The results of the example for Node for hostile input.
  static List<String> nodeOnHostileInput(Path folder, String secret) throws IOException {
    var page = DocumentationPage.of("webhooks.md");
    var program =
        Files.writeString(folder.resolve("hostile.mjs"), page.block("js") + HOSTILE_NODE_CALLS);
    var ended = ExternalProgram.run(List.of("node", program.toString(), secret));
    assertThat(ended.err()).isEmpty();
    return ended.out();
  }

  /// The results of the example for OpenSSL for signatures that are not one.
  static List<String> shellOnHostileInput(Path folder, String secret) throws IOException {
    var page = DocumentationPage.of("webhooks.md");
    var calls =
        """
        for given in '' ' ' '*' 'v1,' 'v1,*' x; do
          for file in "$2" "$2.missing"; do
            if standard "$1" 1 1 "$given" "$file" || documented "$1" "$given" "$file"; then
              echo true
            else
              echo false
            fi
          done
        done 2> /dev/null
        """;
    var program = Files.writeString(folder.resolve("hostile.sh"), page.block("sh") + calls);
    var body = Files.writeString(folder.resolve("hostile-body"), "{}");
    return ExternalProgram.run(List.of("bash", program.toString(), secret, body.toString())).out();
  }

  /// Whether a notification with this body is genuine according to a secret.
  @FunctionalInterface
  interface Verifier {
    boolean accepts(Received notification, byte[] body, String secret) throws Exception;
  }

  /// The verifiers of `webhook-signature`, by name.
  Map<String, Verifier> standard() {
    var all = new LinkedHashMap<String, Verifier>();
    all.put("the Java library of Standard Webhooks", SignatureVerifiers::byLibrary);
    all.put("OpenSSL", (received, body, secret) -> byShell(received, body, secret).getFirst());
    all.put("Node", (received, body, secret) -> byNode(received, body, secret).getFirst());
    all.put("WebhookVerifier", SignatureVerifiers::byOurs);
    return all;
  }

  /// The verifiers of `x-signature`, by name.
  Map<String, Verifier> documented() {
    var all = new LinkedHashMap<String, Verifier>();
    all.put("OpenSSL", (received, body, secret) -> byShell(received, body, secret).getLast());
    all.put("Node", (received, body, secret) -> byNode(received, body, secret).getLast());
    all.put(
        "WebhookVerifier",
        (received, body, secret) ->
            WebhookReceiver.verifier(secret)
                .verifyDocumented(WebhookReceiver.header(received, "x-signature"), body));
    return all;
  }

  private static boolean byOurs(Received received, byte[] body, String secret) {
    return WebhookReceiver.verifier(secret)
            .verify(
                WebhookReceiver.idOf(received),
                WebhookReceiver.header(received, "webhook-timestamp"),
                WebhookReceiver.header(received, "webhook-signature"),
                body)
        == Result.GENUINE;
  }

  private static boolean byLibrary(Received received, byte[] body, String secret) {
    var headers = new LinkedHashMap<String, List<String>>();
    for (String name :
        List.of("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")) {
      headers.put(name, received.values(name));
    }
    try {
      new Webhook(secret).verify(new String(body, UTF_8), HttpHeaders.of(headers, (_, _) -> true));
      return true;
    } catch (WebhookVerificationException refused) {
      return false;
    }
  }

  private List<Boolean> byShell(Received received, byte[] body, String secret) throws IOException {
    return run(List.of("bash", shell.toString()), received, body, secret);
  }

  private List<Boolean> byNode(Received received, byte[] body, String secret) throws IOException {
    return run(List.of("node", node.toString()), received, body, secret);
  }

  private List<Boolean> run(List<String> program, Received received, byte[] body, String secret)
      throws IOException {
    var command = new ArrayList<>(program);
    command.add(secret);
    command.add(WebhookReceiver.idOf(received));
    command.add(WebhookReceiver.header(received, "webhook-timestamp"));
    command.add(WebhookReceiver.header(received, "webhook-signature"));
    command.add(WebhookReceiver.header(received, "x-signature"));
    command.add(Files.write(folder.resolve("body"), body).toString());
    var ended = ExternalProgram.run(command);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).hasSize(2).allMatch(line -> line.matches("true|false"));
    return ended.out().stream().map(Boolean::valueOf).toList();
  }
}
