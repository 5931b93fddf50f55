package dev.backlane.system.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.backlane.client.documented.ApiException;
import dev.backlane.client.documented.BackgroundApi;
import dev.backlane.client.documented.BackgroundRequestStateDto;
import dev.backlane.client.documented.BackgroundRequestStateDto.StatusEnum;
import dev.backlane.client.documented.Configuration;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// The documented methods of the Java client in the scenario of the PHP client: start, poll, typed
/// dates, content, and the refusals. Against the gateway, and against a server that has the
/// documented behavior alone.
@Timeout(60)
final class DocumentedSurfaceTest {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int POLLS_MAX = 400;

  @RegisterExtension static final TestGateway gateway = TestGateway.with("retention: 5s\n");

  /// What an endpoint of the test returns.
  public record Invoice(int number) {}

  @Test
  void worksWithTheGateway() throws Exception {
    var held =
        new HeldResponse(
            RecordingApi.responding(201, "{\"number\": 7}", "Content-Type: application/json"));
    gateway.api().on("/reports", held);
    var token = gateway.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT);
    var foreign = gateway.token(TestGateway.CLIENT, "another-company", TestGateway.CLIENT);
    var configuration = configuration(gateway.url(), token);

    var id = runs(configuration, token, foreign, held::release);

    awaitRefusal(410, () -> content(configuration, id));
  }

  @Test
  void worksWithTheDocumentedBehaviorAlone() throws Exception {
    try (var server = new DocumentedServer()) {
      var configuration = configuration(server.url(), DocumentedServer.TOKEN);

      var id =
          runs(
              configuration,
              DocumentedServer.TOKEN,
              DocumentedServer.OTHER_COMPANY,
              server::finish);

      server.remove();
      assertRefused(410, () -> content(configuration, id));
      assertRefused(404, () -> state(configuration, id));
    }
  }

  @Test
  void runsTheExamplesOfThePage(@TempDir Path folder) throws Exception {
    try (var server = new DocumentedServer()) {
      server.finish();
      var host = server.url().toString();
      var id = start(host, DocumentedServer.TOKEN);
      var programs = JavaProgram.of("background-api.md");
      assertThat(programs).hasSize(2);

      var state =
          programs
              .get(0)
              .start(
                  Files.createDirectory(folder.resolve("state")), host, DocumentedServer.TOKEN, id);
      var content =
          programs
              .get(1)
              .start(
                  Files.createDirectory(folder.resolve("content")),
                  host,
                  DocumentedServer.TOKEN,
                  id);

      assertPrints(state, "Finished 201", "2026-01-31T12:00:02.500Z");
      assertPrints(content, "13", "application/json", "{\"number\": 7}");
    }
  }

  private static void assertPrints(ExternalProgram program, String... lines) {
    var ended = program.awaitEnd();
    assertThat(ended.exitCode()).as("%s", ended).isZero();
    assertThat(ended.out()).containsExactly(lines);
  }

  private static Configuration configuration(URI url, String token) {
    return new Configuration().setHost(url.toString()).setAccessToken(token);
  }

  /// The scenario.
  ///
  /// @param finish lets the operation end
  /// @return the operation, which has ended
  private static String runs(
      Configuration configuration, String token, String foreign, Runnable finish) throws Exception {
    var api = new BackgroundApi(configuration);
    var id = start(configuration.getHost(), token);

    var started = poll(configuration, id, state -> state.getStartedUtc() != null);
    assertThat(started.getStatus()).isEqualTo(StatusEnum.STARTED);
    assertThat(started.getStatusCode()).isZero();
    assertThat(started.getFinishedUtc()).isNull();
    assertThat(started.getHasRequestContent()).isTrue();
    assertThat(started.getHasResponseContent()).isFalse();
    assertRefused(404, () -> content(configuration, id));

    finish.run();
    var ended = poll(configuration, id, state -> state.getStatus() != StatusEnum.STARTED);
    assertThat(ended.getId()).isEqualTo(id);
    assertThat(ended.getStatus()).isEqualTo(StatusEnum.FINISHED);
    assertThat(ended.getStatusCode()).isEqualTo(201);
    assertThat(ended.getReceivedUtc()).isBeforeOrEqualTo(ended.getStartedUtc());
    assertThat(Objects.requireNonNull(ended.getFinishedUtc()).getOffset())
        .isEqualTo(ZoneOffset.UTC);
    assertThat(ended.getFinishedUtc()).isAfterOrEqualTo(ended.getStartedUtc());
    assertThat(ended.getOriginalUri()).isEqualTo(configuration.getHost() + "/reports");
    assertThat(ended.getWebhookAddress()).isEqualTo("none");
    assertThat(ended.getErrorMessage()).isNull();
    assertThat(ended.getResponseHeaders()).containsEntry("content-type", "application/json");

    assertThat(content(configuration, id)).asString(UTF_8).isEqualTo("{\"number\": 7}");
    assertThat(api.backgroundGetBackgroundApiOperationContentByrequestId(id, Invoice.class))
        .isEqualTo(new Invoice(7));
    var streamed = api.backgroundGetBackgroundApiOperationContentByrequestIdStreamWithHttpInfo(id);
    try (var stream = streamed.getData()) {
      assertThat(stream).hasContent("{\"number\": 7}");
    }
    assertThat(streamed.getStatusCode()).isEqualTo(200);
    assertThat(streamed.getHeaders().get("content-TYPE")).containsExactly("application/json");

    assertRefused(404, () -> state(configuration, "unknown"));
    var other = configuration(URI.create(configuration.getHost()), foreign);
    assertRefused(403, () -> state(other, id));
    assertRefused(403, () -> content(other, id));
    var wrong = configuration(URI.create(configuration.getHost()), "not-a-token");
    assertRefused(401, () -> state(wrong, id));
    assertRefused(401, () -> content(wrong, id));
    return id;
  }

  private static String start(String host, String token) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var accepted =
          http.send(
              HttpRequest.newBuilder(URI.create(host + "/reports"))
                  .header("erp-api-background", "none")
                  .header("Authorization", "Bearer " + token)
                  .POST(BodyPublishers.ofString("{\"year\":2026}"))
                  .build(),
              BodyHandlers.ofByteArray());
      assertThat(accepted.statusCode()).isEqualTo(202);
      return JsonMapper.shared().readTree(accepted.body()).path("id").asString();
    }
  }

  private static BackgroundRequestStateDto state(Configuration configuration, String id)
      throws ApiException {
    return new BackgroundApi(configuration).backgroundGetBackgroundApiOperationByrequestId(id);
  }

  private static byte[] content(Configuration configuration, String id) throws ApiException {
    return new BackgroundApi(configuration)
        .backgroundGetBackgroundApiOperationContentByrequestId(id);
  }

  private static BackgroundRequestStateDto poll(
      Configuration configuration, String id, Predicate<BackgroundRequestStateDto> enough)
      throws Exception {
    for (int poll = 0; poll < POLLS_MAX; poll++) {
      var state = state(configuration, id);
      if (enough.test(state)) {
        return state;
      }
      Thread.sleep(POLL);
    }
    throw new AssertionError("after " + POLLS_MAX + " polls: " + state(configuration, id));
  }

  private static void awaitRefusal(int code, ThrowingCallable call) throws Exception {
    for (int poll = 0; poll < POLLS_MAX; poll++) {
      try {
        call.call();
      } catch (ApiException refused) {
        assertThat(refused.getCode()).isEqualTo(code);
        return;
      } catch (Throwable unexpected) {
        throw new AssertionError(unexpected);
      }
      Thread.sleep(POLL);
    }
    throw new AssertionError("not refused with " + code);
  }

  private static void assertRefused(int code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(ApiException.class))
        .satisfies(failure -> assertThat(failure.getCode()).isEqualTo(code));
  }
}
