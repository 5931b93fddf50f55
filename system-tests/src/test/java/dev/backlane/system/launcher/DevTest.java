package dev.backlane.system.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.RecordingApi;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `serve --dev` in front of an API, without any other setting.
@Timeout(60)
final class DevTest {
  private static final Duration NOTIFIED_WITHIN = Duration.ofSeconds(20);

  @TempDir private static Path folder;

  private static RecordingApi api;
  private static GatewayProcess gateway;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    api = new RecordingApi();
    gateway =
        GatewayProcess.serve(
            Map.of("XDG_STATE_HOME", folder.toString()),
            List.of(),
            "--dev",
            "--upstream=" + api.url(),
            "--port=0");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    api.close();
  }

  /// The last group of the first line that matches a pattern.
  private static String printed(String pattern) throws Exception {
    var found = new AtomicReference<String>();
    Deadline.within(
        NOTIFIED_WITHIN,
        "a line that matches " + pattern,
        () -> {
          for (var line : gateway.lines()) {
            var match = Pattern.compile(pattern).matcher(line);
            if (match.find()) {
              found.set(match.group(match.groupCount()));
            }
          }
          return found.get() != null;
        });
    return found.get();
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void runsACallInTheBackgroundAndPrintsItsVerifiedNotification() throws Exception {
    api.on("/reports", RecordingApi.responding(201, "made"));
    var catcher = printed("webhooks +(http\\S+)");
    var accepted =
        send(
            HttpRequest.newBuilder(gateway.url().resolve("/reports"))
                .header("erp-api-background", catcher)
                .POST(BodyPublishers.noBody()));
    assertThat(accepted.statusCode()).isEqualTo(202);
    var location = URI.create(accepted.headers().firstValue("Location").orElseThrow());
    var id = location.getPath().substring(location.getPath().lastIndexOf('/') + 1);
    assertThat(printed("verified +(" + id + ") +Finished 201")).isEqualTo(id);
    assertThat(send(HttpRequest.newBuilder(URI.create(location + "/content"))).body())
        .isEqualTo("made");
    assertThat(Files.exists(folder.resolve("backlane/webhook-secret"))).isTrue();
  }

  @Test
  void issuesTokens() throws Exception {
    var endpoint = printed("tokens +(http\\S+)");
    var response =
        send(
            HttpRequest.newBuilder(URI.create(endpoint))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(
                    BodyPublishers.ofString(
                        "grant_type=client_credentials&tenant_id=dev&client_id=dev-client"
                            + "&client_secret=dev-secret")));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("access_token");
  }

  @Test
  void opensTheDashboardOnLoopbackNamesOnly() throws Exception {
    var signIn = send(HttpRequest.newBuilder(gateway.url().resolve("/ui/sign-in")));
    assertThat(signIn.statusCode()).isEqualTo(303);
    var cookie = signIn.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    var page = send(HttpRequest.newBuilder(gateway.url().resolve("/ui")).header("Cookie", cookie));
    assertThat(page.statusCode()).isEqualTo(200);
    // A page whose name resolves to loopback (DNS rebinding).
    try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), gateway.url().getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /ui/sign-in HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                  .getBytes(US_ASCII));
      var response = new String(socket.getInputStream().readAllBytes(), US_ASCII);
      assertThat(response).startsWith("HTTP/1.1 200").doesNotContain("Set-Cookie");
    }
  }
}
