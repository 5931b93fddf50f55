package dev.backlane.app.cli.calls;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.app.cli.Commands;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.wiring.StartException;
import dev.backlane.client.Backlane;
import dev.backlane.client.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands of the client's side against a server with two operations: `done` and `lost`.
final class CallCommandsTest {
  /// As the admin API describes an operation.
  private static final String OPERATION =
      """
      {"id": "0197", "state": "Failed", "phase": "failed", "statusCode": 0, "tenant": "nordlys",
       "client": "robot", "method": "POST", "target": "/invoices", "error": "Outcome unknown",
       "receivedUtc": "2026-01-31T12:00:00Z",
       "attempts": [{"number": 1, "startedUtc": "2026-01-31T12:00:01Z", "tookMillis": 17,
         "result": "unknown", "statusCode": 0, "error": "reset"}]}\
      """;

  @TempDir private Path folder;

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private volatile String state =
      """
      {"id": "done", "status": "Finished", "statusCode": 422, "hasResponseContent": true,
       "phase": "finished", "attempt": 1, "responseHeaders": {"Content-Type": "text/plain"}}\
      """;

  /// The state after the first request for it; empty: the same.
  private volatile String next = "";

  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::respond);
    server.start();
    environment.put("BACKLANE_SERVER", "http://127.0.0.1:" + server.getAddress().getPort());
    environment.put("BACKLANE_TOKEN", "a-secret-token");
    environment.put("BACKLANE_PROFILES", folder.resolve("profiles.yaml").toString());
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void respond(HttpExchange exchange) throws IOException {
    try (exchange) {
      var path = exchange.getRequestURI().getPath();
      var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      requests.add(
          exchange.getRequestMethod()
              + " "
              + exchange.getRequestURI()
              + " "
              + exchange.getRequestHeaders().getFirst("Authorization")
              + " "
              + body);
      int status = 200;
      String response;
      if (exchange.getRequestHeaders().containsKey("erp-api-background")) {
        status = 202;
        response = "{\"id\": \"done\"}";
      } else if (path.equals("/admin/v1/operations")) {
        response = "{\"items\": [" + OPERATION + "], \"nextCursor\": \"more\"}";
      } else if (path.startsWith("/admin/v1/operations/")) {
        response = OPERATION;
      } else if (path.endsWith("/content")) {
        response = "the content";
      } else if (path.equals("/v1/background")) {
        response = "{\"items\": [" + state + "], \"nextCursor\": \"more\"}";
      } else if (path.endsWith("/unknown")) {
        status = 404;
        response = "{\"detail\": \"There is no such operation.\"}";
      } else {
        response = state;
        state = next.isEmpty() ? state : next;
      }
      byte[] bytes = response.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private int run(String... arguments) {
    return new Commands(
            environment,
            _ -> {
              throw new StartException("no gateway is started here");
            },
            new StopSignal() {
              @Override
              public void listen() {}

              @Override
              public void await() {}
            },
            new PrintWriter(out, true),
            new PrintWriter(err, true))
        .run(arguments);
  }

  @Test
  void callPrintsTheIdOfTheOperation() {
    assertThat(run("call", "POST", "/invoices", "-d", "{}")).isZero();
    assertThat(out).hasToString("done\n");
    assertThat(requests).containsExactly("POST /invoices Bearer a-secret-token {}");
  }

  @Test
  void callWaitsAndExitsByTheStatus() throws IOException {
    var file = folder.resolve("content");
    assertThat(run("call", "POST", "/invoices", "--wait", "-o", file.toString())).isEqualTo(4);
    assertThat(Files.readString(file)).isEqualTo("the content");
    assertThat(err).hasToString("operation done\n422  text/plain\n");
  }

  @Test
  void waitExitsWith3IfTheOutcomeIsUnknown() {
    state =
        """
        {"id": "lost", "status": "Failed", "statusCode": 0, "errorMessage": "Outcome unknown: reset",
         "phase": "failed", "errorCode": "outcome-unknown"}\
        """;
    assertThat(run("wait", "lost")).isEqualTo(3);
    assertThat(err.toString()).contains("Outcome unknown: reset", "Check at the API");
  }

  @Test
  void contentSavesTheStoredResponse() throws IOException {
    var file = folder.resolve("content");
    Files.writeString(file, "a longer content of another operation");
    assertThat(run("content", "done", "-o", file.toString())).isEqualTo(4);
    assertThat(Files.readString(file)).isEqualTo("the content");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void opsListsAndShows() {
    assertThat(run("ops", "list")).isZero();
    assertThat(out.toString()).contains("done  finished  422");
    assertThat(err.toString()).contains("--cursor more");
    assertThat(run("ops", "show", "done", "--json")).isZero();
    assertThat(out.toString()).contains("\"statusCode\":422");
  }

  @Test
  void operatorsListAndShowOperationsOfAllCallers() {
    environment.put("BACKLANE_ADMIN_TOKEN", "the-operators-token");
    assertThat(run("ops", "list", "--operator", "--phase", "failed", "--filter", "error=not sent"))
        .isZero();
    assertThat(requests)
        .containsExactly(
            "GET /admin/v1/operations?error=not+sent&limit=20&phase=failed Bearer"
                + " the-operators-token ");
    assertThat(out.toString())
        .contains("0197  failed", "nordlys/robot  POST /invoices  (Outcome unknown)");
    assertThat(err.toString()).contains("--cursor more");
    assertThat(run("ops", "show", "0197", "--operator")).isZero();
    assertThat(out.toString()).contains("attempt  1  2026-01-31T12:00:01Z  17 ms  unknown");
  }

  @Test
  void operatorsCancelAndRetry() {
    environment.put("BACKLANE_ADMIN_TOKEN", "the-operators-token");
    assertThat(run("ops", "cancel", "0197", "--operator")).isZero();
    assertThat(run("ops", "retry", "0197")).isZero();
    assertThat(run("ops", "retry", "0197", "--confirm")).isZero();
    assertThat(requests)
        .extracting(request -> request.replaceFirst(" Bearer.*", ""))
        .containsExactly(
            "POST /admin/v1/operations/0197/cancel",
            "POST /admin/v1/operations/0197/retry",
            "POST /admin/v1/operations/0197/retry?confirm=true");
  }

  @Test
  void operatorsOptionsNeedTheOperator() {
    assertThat(run("ops", "list", "--filter", "tenant=x")).isEqualTo(2);
    assertThat(run("ops", "retry", "0197")).isEqualTo(2);
    assertThat(err.toString()).contains("--operator", "--admin-token");
    assertThat(requests).isEmpty();
  }

  @Test
  void cancelsAnOperation() {
    assertThat(run("cancel", "done")).isZero();
    assertThat(out).hasToString("canceled\n");
    assertThat(requests).containsExactly("DELETE /v1/background/done Bearer a-secret-token ");
  }

  @Test
  void factsAreJsonOnRequest() throws IOException {
    var file = folder.resolve("content");
    assertThat(run("wait", "done", "--json")).isEqualTo(4);
    assertThat(err.toString())
        .isEqualTo(
            "{\"id\":\"done\",\"outcome\":\"responded\",\"statusCode\":422,"
                + "\"contentType\":\"text/plain\"}\n");
    assertThat(run("content", "done", "--json", "-o", file.toString())).isEqualTo(4);
    assertThat(run("ops", "cancel", "done", "--json")).isZero();
    assertThat(out.toString()).contains("\"canceled\":true");
  }

  @Test
  void refusalsAreOneReadableLine() {
    assertThat(run("wait", "unknown")).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString())
        .startsWith("backlane: Reading the state of operation unknown was refused with 404")
        .doesNotContain("a-secret-token");
  }

  @Test
  void wrongInputExitsWith2() {
    assertThat(run("call", "POST", "no path")).isEqualTo(2);
    assertThat(run("ops", "show")).isEqualTo(2);
    assertThat(run("call", "POST", "/x", "--timeout", "soon")).isEqualTo(2);
    assertThat(run("call", "POST", "/x", "--profile", "absent")).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(4).allMatch(line -> line.startsWith("backlane: "));
    assertThat(requests).isEmpty();
  }

  @Test
  void profilesNameTheServerAndTheToken() throws IOException {
    var secret = Files.writeString(folder.resolve("token"), "of-the-profile\n");
    Files.writeString(
        folder.resolve("profiles.yaml"),
        "test:\n  server: "
            + environment.get("BACKLANE_SERVER")
            + "\n  token: \"@"
            + secret
            + "\"\n");
    environment.remove("BACKLANE_SERVER");
    environment.remove("BACKLANE_TOKEN");
    assertThat(run("call", "DELETE", "/x", "--profile", "test")).isZero();
    assertThat(requests).containsExactly("DELETE /x Bearer of-the-profile ");
  }

  @Test
  void warnsOfAProfileWithASecretThatOthersCanRead() throws IOException {
    var file =
        Files.writeString(
            folder.resolve("profiles.yaml"),
            "default:\n  server: "
                + environment.get("BACKLANE_SERVER")
                + "\n  token: open-token\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(run("call", "DELETE", "/x")).isZero();
    assertThat(err.toString())
        .isEqualTo(
            "backlane: "
                + file
                + " contains a secret and can be read by other users; run: chmod 600 "
                + file
                + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    err.getBuffer().setLength(0);
    assertThat(run("call", "DELETE", "/x")).isZero();
    assertThat(err).hasToString("");
  }

  @Test
  void showsEachStateOnATerminal() throws Exception {
    next = state;
    state =
        """
        {"id": "done", "status": "Started", "phase": "retrying", "attempt": 2, "lastError": "503"}\
        """;
    var operation =
        Backlane.at(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
            .build()
            .resume("done");
    try (var line = new LiveLine("done", new PrintWriter(err, true), true)) {
      assertThat(line.await(operation, Duration.ofSeconds(20)))
          .isInstanceOf(Outcome.Responded.class);
    }
    assertThat(err.toString())
        .contains("done  retrying  attempt 2  0s  503", "done  finished  attempt 1  ")
        .endsWith("\n");
  }
}
