package dev.backlane.system.contract;

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
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A PHP client that openapi-generator generates from the gateway's complete document makes a
/// background call.
@Timeout(120)
final class PhpClientTest {
  private static final int CONTENT_BYTES = 100_003;
  private static final DateTimeFormatter MICROSECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  private final Http http = gateway.http();

  @Test
  void generatedClientMakesBackgroundCall(@TempDir Path folder) throws Exception {
    byte[] content = new byte[CONTENT_BYTES];
    new Random(1).nextBytes(content);
    scriptReports(content);
    generate(folder);

    var ended = run(folder);
    ended.out().forEach(System.out::println);

    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).as("%s", ended.out()).isZero();
    var lines = ended.out();
    var id = lines.get(1).split(" ", -1)[2];
    var location = http.url() + "/v1/background/" + id;
    var state = http.get("/v1/background/" + id).state();
    assertThat(lines)
        .containsExactly(
            "host: " + http.url(),
            "accepted: 202 " + id + " " + location + " " + location,
            "state: Started 0 running " + id,
            "receivedUtc: " + inMicroseconds(state.receivedUtc()),
            "startedUtc: " + inMicroseconds(state.startedUtc()),
            "finishedUtc: null",
            "content before the end: ApiException 404 " + ProblemType.NO_CONTENT.uri(),
            "state: Finished 200 finished " + id,
            "receivedUtc: " + inMicroseconds(state.receivedUtc()),
            "startedUtc: " + inMicroseconds(state.startedUtc()),
            "finishedUtc: " + inMicroseconds(state.finishedUtc()),
            "time zone: Z 0",
            "originalUri: " + http.url() + "/reports",
            "response header: application/pdf",
            "content: SplFileObject " + CONTENT_BYTES + " " + sha256(content),
            "part: " + HexFormat.of().formatHex(content, 10, 14),
            "listed: 1 OpenAPI\\Client\\Model\\BackgroundRequestStateDto " + id,
            "cancel after the end: ApiException 409 " + ProblemType.CONFLICT.uri(),
            "unknown id: ApiException 404 " + ProblemType.NOT_FOUND.uri(),
            "token of another company: ApiException 403 " + ProblemType.FORBIDDEN.uri(),
            "content for another company: ApiException 403 " + ProblemType.FORBIDDEN.uri(),
            "bad token: ApiException 401 " + ProblemType.UNAUTHORIZED.uri());
    assertThat(gateway.api().received("/reports").getFirst().body())
        .isEqualTo("{\"year\":2026}".getBytes(UTF_8));
  }

  /// Scripts the API, which returns its report only after a request for `/release`.
  private static void scriptReports(byte[] content) {
    var api = gateway.api();
    var held =
        new HeldResponse((_, client) ->
            RecordingApi.send(client, 200, content, "Content-Type: application/pdf"));
    api.on("/reports", held.releasedBy(api, "/release"));
  }

  private void generate(Path folder) {
    ClientGenerator.generate(
        "php", URI.create(http.url() + "/openapi.json?version=3.0"), folder.resolve("client"));
  }

  private Ended run(Path folder) throws Exception {
    var files = Files.createDirectory(folder.resolve("files"));
    return ExternalProgram.run(
        List.of(
            "php",
            script().toString(),
            folder.resolve("client/lib").toString(),
            files.toString(),
            http.token(),
            gateway.token(TestGateway.CLIENT, "another-company", TestGateway.CLIENT)));
  }

  private static Path script() throws URISyntaxException {
    return Path.of(Objects.requireNonNull(PhpClientTest.class.getResource("client.php")).toURI());
  }

  private static String inMicroseconds(@Nullable Instant time) {
    return MICROSECONDS.format(Objects.requireNonNull(time));
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
