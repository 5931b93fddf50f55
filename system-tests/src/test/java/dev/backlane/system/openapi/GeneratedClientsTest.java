package dev.backlane.system.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.ProblemType;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.clients.ClientGenerator;
import dev.backlane.system.support.clients.TypeScript;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Clients that openapi-generator generates from the documented profile compile, have the
/// documented method signatures, and make a background call. Each is used by a program that prints
/// one line for each observation.
@Timeout(180)
final class GeneratedClientsTest {
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final String REPORT = "{\"total\":17.5,\"lines\":[1,2]}";
  private static final String DOCUMENT = "/openapi.json?profile=documented";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  /// Removes operations soon after their end.
  @RegisterExtension static final TestGateway forgetful = TestGateway.with("retention: 1s");

  private static String removed = "";
  private final Http http = gateway.http();

  @TempDir private Path folder;

  @BeforeAll
  static void removeAnOperation() throws Exception {
    removed = forgetful.http().begin("/reports");
    forgetful.http().poll("/v1/background/" + removed, state -> state.status() == 404);
  }

  @Test
  void javaClientMakesABackgroundCall() throws Exception {
    ClientGenerator.generate(
        "java",
        document(""),
        client(),
        "--library",
        "native",
        "--global-property",
        "apiTests=false");
    compileJava();
    assertObservations(
        ExternalProgram.run(
            command(
                ProcessHandle.current().info().command().orElseThrow(),
                "--class-path",
                folder.resolve("classes") + File.pathSeparator + ClientGenerator.javaClassPath(),
                "Scenario")));
  }

  private void compileJava() throws IOException, URISyntaxException {
    var arguments =
        new ArrayList<>(
            List.of(
                "-proc:none",
                "-nowarn",
                "--class-path",
                ClientGenerator.javaClassPath(),
                "-d",
                folder.resolve("classes").toString(),
                resource("Scenario.java").toString()));
    try (Stream<Path> files = Files.walk(client().resolve("src/main/java"))) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    var messages = new ByteArrayOutputStream();
    int errors =
        ToolProvider.getSystemJavaCompiler()
            .run(null, messages, messages, arguments.toArray(String[]::new));
    assertThat(errors).as(messages.toString(UTF_8)).isZero();
  }

  @Test
  void typeScriptClientMakesABackgroundCall() throws Exception {
    // Without the option, every method has one object as its only parameter.
    ClientGenerator.generate(
        "typescript-fetch",
        document("&version=3.0"),
        client(),
        "--additional-properties",
        "useSingleRequestParameter=false");
    Files.copy(resource("scenario.ts"), folder.resolve("scenario.ts"));
    TypeScript.compile(
        folder,
        "--strict",
        "--target",
        "es2022",
        "--lib",
        "es2022,dom",
        "--module",
        "commonjs",
        "--outDir",
        "compiled",
        "scenario.ts");
    assertObservations(
        ExternalProgram.run(command("node", folder.resolve("compiled/scenario.js").toString())));
  }

  private URI document(String more) {
    return URI.create(http.url() + DOCUMENT + more);
  }

  private Path client() {
    return folder.resolve("client");
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(GeneratedClientsTest.class.getResource(name)).toURI());
  }

  /// A program with the arguments of both scenarios, after the API was scripted for it.
  private List<String> command(String... program) {
    scriptReports();
    var command = new ArrayList<>(List.of(program));
    command.add(http.token());
    command.add(gateway.token(TestGateway.CLIENT, "another-company", TestGateway.CLIENT));
    command.add(forgetful.url().toString());
    command.add(forgetful.http().token());
    command.add(removed);
    return command;
  }

  /// Scripts the API, which returns its report only after a request for `/release`.
  private static void scriptReports() {
    var api = gateway.api();
    var held =
        new HeldResponse((_, client) ->
            RecordingApi.send(
                client, 200, REPORT.getBytes(UTF_8), "Content-Type: application/json"));
    api.on("/reports", held.releasedBy(api, "/release"));
  }

  private void assertObservations(Ended ended) throws Exception {
    assertThat(ended.err()).as("%s", ended.out()).isEmpty();
    assertThat(ended.exitCode()).as("%s", ended.out()).isZero();
    var id = ended.out().get(1).split(" ", -1)[2];
    var location = http.url() + "/v1/background/" + id;
    var state = http.stateOf(id).state();
    assertThat(ended.out())
        .containsExactly(
            "host: " + http.url(),
            "accepted: 202 " + id + " " + location,
            "state: Started 0 " + id,
            "receivedUtc: " + inMilliseconds(state.receivedUtc()),
            "startedUtc: " + inMilliseconds(state.startedUtc()),
            "finishedUtc: none",
            "content before the end: 404 " + ProblemType.NO_CONTENT.uri(),
            "state: Finished 200 " + id,
            "receivedUtc: " + inMilliseconds(state.receivedUtc()),
            "startedUtc: " + inMilliseconds(state.startedUtc()),
            "finishedUtc: " + inMilliseconds(state.finishedUtc()),
            "originalUri: " + http.url() + "/reports",
            "has content: true true",
            "response header: application/json",
            "content: " + REPORT,
            "unknown id: 404 " + ProblemType.NOT_FOUND.uri(),
            "token of another company: 403 " + ProblemType.FORBIDDEN.uri(),
            "content for another company: 403 " + ProblemType.FORBIDDEN.uri(),
            "bad token: 401 " + ProblemType.UNAUTHORIZED.uri(),
            "state after the retention: 404 " + ProblemType.NOT_FOUND.uri(),
            "content after the retention: 410 " + ProblemType.GONE.uri());
    assertThat(gateway.api().received("/reports").getLast().body())
        .isEqualTo("{\"year\":2026}".getBytes(UTF_8));
  }

  private static String inMilliseconds(@Nullable Instant time) {
    return MILLISECONDS.format(Objects.requireNonNull(time));
  }
}
