package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/// Gateways with operations in every phase, and callers for every kind of refusal. Locations of
/// operations are paths.
final class GatewayFixtures implements AutoCloseable {
  private static final Duration CHANGE_MAX = Duration.ofSeconds(30);
  private static final String PATH = "/v1/background/";

  private final TestGateway gateway = TestGateway.with("").start();
  private final TestGateway forgetful = TestGateway.with("retention: 2s").start();
  private final GatewayProcess keyless;
  private final GatewayProcess sparing;
  private final CountDownLatch release = new CountDownLatch(1);
  private final HttpClient client = gateway.http().client();
  private final String finished;
  private final String bodiless;
  private final String failed;
  private final String canceled;
  private final String running;
  private final String waiting;
  private final String removed;

  private GatewayFixtures() throws IOException, InterruptedException {
    keyless =
        GatewayProcess.serve(
            List.of(),
            "--config",
            gateway.configFile().toString(),
            // Port 1 of loopback: no server listens there.
            "--auth.jwks-url=http://127.0.0.1:1/jwks",
            "--store.kind=memory");
    sparing =
        GatewayProcess.serve(
            List.of(),
            "--config",
            gateway.configFile().toString(),
            "--limits.reads-per-minute=1",
            "--limits.calls-per-minute=1",
            "--limits.request-body-max=1KiB",
            "--store.kind=memory");
    script(gateway.api());
    removed = start(forgetful.http(), "/echo");
    finished = start(http(), "/compressed");
    bodiless = start(http(), "/bodiless");
    failed = start(http(), "/broken");
    for (var ended : List.of(finished, bodiless, failed)) {
      http().awaitEnd(ended.substring(PATH.length()));
    }
    canceled = startWaiting();
    http().delete(canceled);
    running = startRunning();
    waiting = startWaiting();
  }

  static GatewayFixtures open() throws IOException, InterruptedException {
    return new GatewayFixtures();
  }

  private void script(RecordingApi api) {
    api.on(
        "/compressed",
        (_, returned) ->
            RecordingApi.send(
                returned,
                200,
                gzip("a report of the year"),
                "Content-Type: text/csv",
                "Content-Encoding: gzip",
                "Content-Language: en"));
    api.on("/bodiless", (_, returned) -> RecordingApi.send(returned, 204, new byte[0]));
    api.on("/broken", (_, returned) -> returned.close());
    api.on("/busy", RecordingApi.responding(503, "later", "Retry-After: 3600"));
    api.on(
        "/slow",
        (_, returned) -> {
          release.await();
          RecordingApi.send(returned, 200, new byte[0]);
        });
  }

  Http http() {
    return gateway.http();
  }

  /// A caller of another tenant.
  Http foreign() {
    return gateway.http(TestGateway.CLIENT, "another-company", TestGateway.CLIENT);
  }

  /// A caller whose token lacks one scope.
  Http without(String right) {
    var scopes =
        TestGateway.SCOPES.stream()
            .filter(Predicate.not((String scope) -> scope.endsWith(right)))
            .collect(Collectors.toUnmodifiableSet());
    return http().as(token(scopes));
  }

  private String token(Set<String> scopes) {
    return gateway
        .issuer()
        .issue(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT, scopes);
  }

  /// A gateway that cannot load the keys to verify tokens.
  Http keyless() {
    return new Http(client, keyless.url(), http().token());
  }

  /// A caller that has used up its rate limit.
  Http spent() throws IOException, InterruptedException {
    var caller = new Http(client, sparing.url(), http().token());
    caller.get(PATH);
    return caller;
  }

  /// A background call beyond the rate limit of its caller.
  Http.Response oneCallTooMany() throws IOException, InterruptedException {
    var caller = new Http(client, sparing.url(), http().token());
    start(caller, "/echo");
    return caller.post("/echo", "{}", "erp-api-background", "none");
  }

  /// A background call whose body is over the limit.
  Http.Response tooLargeCall() throws IOException, InterruptedException {
    var caller = new Http(client, sparing.url(), foreign().token());
    return caller.post("/echo", "x".repeat(2_000), "erp-api-background", "none");
  }

  String finished() {
    return finished;
  }

  String bodiless() {
    return bodiless;
  }

  String failed() {
    return failed;
  }

  String canceled() {
    return canceled;
  }

  String running() {
    return running;
  }

  String waiting() {
    return waiting;
  }

  /// Starts another operation and waits until it runs.
  String startRunning() throws IOException, InterruptedException {
    var location = start(http(), "/slow");
    awaitPhase(location, Phase.RUNNING);
    return location;
  }

  /// Starts another operation and waits until it is scheduled for a retry.
  String startWaiting() throws IOException, InterruptedException {
    var location = start(http(), "/busy");
    awaitPhase(location, Phase.RETRYING);
    return location;
  }

  /// The content of an operation after its retention.
  Http.Response removedContent() throws IOException, InterruptedException {
    long end = System.nanoTime() + CHANGE_MAX.toNanos();
    var response = forgetful.http().get(removed + "/content");
    while (response.status() != 410 && System.nanoTime() < end) {
      response = forgetful.http().get(removed + "/content");
    }
    return response;
  }

  private void awaitPhase(String location, Phase phase) throws IOException, InterruptedException {
    long end = System.nanoTime() + CHANGE_MAX.toNanos();
    while (http().get(location).state().phase() != phase) {
      if (System.nanoTime() > end) {
        throw new AssertionError(location + " is not " + phase + " within " + CHANGE_MAX);
      }
    }
  }

  private static String start(Http caller, String path) throws IOException, InterruptedException {
    var response =
        caller.post(path, "{}", "erp-api-background", "none", "Backlane-Reference", "a-test");
    if (response.status() != 202) {
      throw new AssertionError(path + " was not accepted: " + response.text());
    }
    return PATH + response.accepted().id();
  }

  private static byte[] gzip(String text) throws IOException {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(text.getBytes(UTF_8));
    }
    return compressed.toByteArray();
  }

  @Override
  public void close() {
    release.countDown();
    keyless.close();
    sparing.close();
    forgetful.close();
    gateway.close();
  }
}
