package dev.backlane.system.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.webhook.WebhookVerifier;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Nodes that share a database behave like one gateway.
@Timeout(90)
final class SharedStoreTest {
  private static final String SETTINGS =
      AdminClient.SETTINGS + "webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1m] }\n";

  /// Nodes check running operations every 3 s.
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(6);

  private static final Duration DETECTED_WITHIN = Duration.ofSeconds(15);
  private static final Duration RECOVERED_WITHIN = Duration.ofSeconds(20);
  private static final String TRIGGER = "erp-api-background";

  private static PostgresServer postgres;
  private static Cluster cluster;

  @BeforeAll
  static void open() {
    postgres = PostgresServer.start(PostgresVersion.NEWEST);
    cluster = Cluster.open(postgres, 2, SETTINGS);
  }

  @AfterAll
  static void close() {
    try (var _ = postgres) {
      cluster.close();
    }
  }

  private static ClusterNode first() {
    return cluster.nodes().getFirst();
  }

  private static ClusterNode second() {
    return cluster.nodes().getLast();
  }

  @Test
  void servesStateAndContentAtEveryNode() throws Exception {
    var id = first().http().beginWith("POST", "/shared", "[1, 2]", "Backlane-Reference", "shared");
    assertThat(second().http().stateOf(id).state().reference()).isEqualTo("shared");
    assertThat(second().http().awaitEnd(id).statusCode()).isEqualTo(200);
    for (var node : cluster.nodes()) {
      assertThat(node.http().contentOf(id).text()).isEqualTo("[1, 2]");
      assertThat(node.http().get("/v1/background?reference=shared").page().items())
          .extracting(BackgroundRequestStateDto::id)
          .containsExactly(id);
    }
  }

  @Test
  void cancelsOperationOfOtherNode() throws Exception {
    var arrivedAt = new CompletableFuture<ClusterNode>();
    var aborted = new CountDownLatch(1);
    for (var node : cluster.nodes()) {
      node.api()
          .on(
              "/canceled",
              (_, client) -> {
                arrivedAt.complete(node);
                try {
                  client.getInputStream().transferTo(OutputStream.nullOutputStream());
                } finally {
                  aborted.countDown();
                }
              });
    }
    var id = first().http().begin("/canceled");
    var other = arrivedAt.get(10, TimeUnit.SECONDS).equals(first()) ? second() : first();
    assertThat(other.http().delete("/v1/background/" + id).status()).isIn(202, 204);
    for (var node : cluster.nodes()) {
      assertThat(node.http().stateOf(id).state().phase()).isEqualTo(Phase.CANCELED);
    }
    assertThat(aborted.await(NOTICED_WITHIN.toMillis(), TimeUnit.MILLISECONDS))
        .as("the call is aborted")
        .isTrue();
    assertThat(other.http().delete("/v1/background/" + id).status()).isEqualTo(409);
  }

  @Test
  @DisplayName("a wait at one node ends when another node ends the operation")
  void waitsForOperationOfOtherNode() throws Exception {
    var held = new HeldResponse();
    cluster.nodes().forEach(node -> node.api().on("/waited-for", held));
    var id = first().http().begin("/waited-for");
    held.awaitRequest();
    long opened = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    var opening =
        CompletableFuture.runAsync(
            held::release, CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));
    var state = second().http().get("/v1/background/" + id + "?wait=25").state();
    var waited = Duration.ofNanos(System.nanoTime() - opened);
    opening.join();
    assertThat(state.phase()).isEqualTo(Phase.FINISHED);
    assertThat(waited).isLessThan(NOTICED_WITHIN);
  }

  @Test
  void sharesIdempotencyKeys() throws Exception {
    var id = first().http().begin("/key", "Idempotency-Key", "k-1");
    assertThat(second().http().begin("/key", "Idempotency-Key", "k-1")).isEqualTo(id);
    second()
        .http()
        .post("/key", "other", TRIGGER, "none", "Idempotency-Key", "k-1")
        .assertProblem(422, "idempotency-key-reuse");
    second().http().awaitEnd(id);
    assertThat(received("/key")).hasSize(1);
  }

  private static List<RecordingApi.Received> received(String path) {
    return cluster.nodes().stream().flatMap(node -> node.api().received(path).stream()).toList();
  }

  @Test
  void notifiesReceiverRegisteredAtOtherNode() throws Exception {
    try (var receiver = new WebhookReceiver()) {
      var subscribed = first().operator().subscribe(TestGateway.CLIENT, receiver.url());
      var ids = new ArrayList<String>();
      Deadline.within(
          NOTICED_WITHIN,
          "the other node has loaded the subscription",
          () -> {
            var response = second().http().post("/notified", "{}", TRIGGER, "subscription");
            if (response.status() == 202) {
              ids.add(response.acceptedId());
            }
            return !ids.isEmpty();
          });
      var notification = receiver.await(1).getFirst();
      assertThat(WebhookReceiver.idOf(notification)).isEqualTo(ids.getFirst());
      assertThat(WebhookReceiver.verified(notification, subscribed.secret()))
          .isEqualTo(WebhookVerifier.Result.GENUINE);
      // A delivery by one node is visible at another.
      first().operator().awaitDelivery(ids.getFirst(), "delivered");
      assertThat(first().operator().http().delete("/admin/v1/subscriptions/" + subscribed.id()))
          .extracting(Http.Response::status)
          .isEqualTo(204);
    }
  }

  @Test
  void opensCredentialsSealedByOtherNode() throws Exception {
    try (var narrow = Cluster.open(postgres, 2, "execution: { concurrency: 1 }\n")) {
      var busy = narrow.nodes().getFirst();
      var free = narrow.nodes().getLast();
      var held = new HeldResponse();
      busy.api().on("/busy", held);
      busy.http().begin("/busy");
      held.awaitRequest();
      var caller = busy.http();
      var id = caller.begin("/sealed", "Cookie", "session=1");
      assertThat(caller.awaitEnd(id).statusCode()).isEqualTo(200);
      var sent = free.api().received("/sealed").getFirst();
      assertThat(sent.values("Authorization")).containsExactly("Bearer " + caller.token());
      assertThat(sent.values("Cookie")).containsExactly("session=1");
      held.release();
    }
  }

  /// The lease is so long that no step waits for its expiry.
  @Test
  void transfersWorkOfTerminatedNodeAtOnce() throws Exception {
    try (var draining =
        Cluster.open(
            postgres,
            2,
            "execution: { concurrency: 3, concurrency-per-tenant: 3, lease: 1m, drain-timeout: 2s }\n")) {
      var leaving = draining.nodes().getFirst();
      var staying = draining.nodes().getLast();
      var ended = new HeldOperation(leaving, "POST", "/ended");
      var repeated = new HeldOperation(leaving, "PUT", "/repeated");
      var unknown = new HeldOperation(leaving, "POST", "/unknown");
      var others =
          List.of(
              new HeldOperation(staying, "POST", "/other-1"),
              new HeldOperation(staying, "POST", "/other-2"),
              new HeldOperation(staying, "POST", "/other-3"));
      // No node has a free slot for it.
      var queued = leaving.http().begin("/queued");
      assertThat(staying.http().stateOf(queued).state().phase()).isEqualTo(Phase.QUEUED);

      leaving.terminate();
      Deadline.within(NOTICED_WITHIN, "the node drains", () -> leaving.logged("Draining: "));
      ended.held().release();
      assertThat(leaving.awaitEnd().exitCode()).isZero();
      others.forEach(other -> other.held().release());

      var http = staying.http();
      assertThat(http.awaitEnd(ended.id()).phase()).isEqualTo(Phase.FINISHED);
      assertThat(http.contentOf(ended.id()).text()).isEqualTo("late");
      assertThat(http.awaitEnd(unknown.id()).errorMessage()).startsWith("Outcome unknown");
      assertThat(http.awaitEnd(repeated.id()).phase()).isEqualTo(Phase.FINISHED);
      assertThat(http.awaitEnd(queued).phase()).isEqualTo(Phase.FINISHED);
      assertThat(staying.api().received("/repeated")).hasSize(1);
      assertThat(staying.api().received("/queued")).hasSize(1);
      assertThat(staying.api().received("/ended")).isEmpty();
      assertThat(staying.api().received("/unknown")).isEmpty();
      assertThat(leaving.api().received("/queued")).isEmpty();
    }
  }

  /// An operation that runs at a node while its API holds the response.
  private record HeldOperation(HeldResponse held, String id) {
    HeldOperation(ClusterNode node, String method, String path) throws Exception {
      this(held(node, path), node.http().beginWith(method, path, "{}"));
      held.awaitRequest();
    }

    private static HeldResponse held(ClusterNode node, String path) {
      var held = new HeldResponse();
      node.api().on(path, held);
      return held;
    }
  }

  @Test
  void reportsUnavailableDatabaseAndRecovers() throws Exception {
    var before = first().http().begin("/before");
    first().http().awaitEnd(before);
    postgres.stop();
    try {
      for (var node : cluster.nodes()) {
        var http = node.http();
        Deadline.within(
            DETECTED_WITHIN,
            "the outage is reported",
            () -> http.get("/health/ready").status() == 503);
        assertThat(http.get("/health/ready").json())
            .containsEntry("reason", "store-unavailable")
            .containsEntry("backgroundCalls", "DOWN")
            .containsEntry("proxiedCalls", "UP");
        assertThat(http.get("/health/live").status()).isEqualTo(200);
        var refused = http.post("/refused", "{}", TRIGGER, "none");
        refused.assertProblem(503, "overloaded");
        assertThat(refused.header("Retry-After")).matches("[1-9]\\d*");
        // A proxied call does not use the database.
        assertThat(http.post("/proxied", "{}").status()).isEqualTo(200);
      }
    } finally {
      postgres.startAgain();
      for (var node : cluster.nodes()) {
        var http = node.http();
        Deadline.within(
            RECOVERED_WITHIN,
            "the node is ready again",
            () -> http.get("/health/ready").status() == 200);
      }
    }
    for (var node : cluster.nodes()) {
      var http = node.http();
      assertThat(http.awaitEnd(http.begin("/after")).statusCode()).isEqualTo(200);
      assertThat(http.stateOf(before).state().phase()).isEqualTo(Phase.FINISHED);
    }
    assertThat(received("/refused")).isEmpty();
  }

  @Test
  void exitsWithErrorIfDatabaseIsUnreachable() {
    try (var closed = new ClosedPort()) {
      var url = "jdbc:postgresql://127.0.0.1:" + closed.url().getPort() + "/backlane";
      refused(url, postgres.password(), "PostgreSQL", url, "refused", "store.url");
    }
    refused(postgres.url("nowhere"), postgres.password(), "PostgreSQL", "\"nowhere\"", "store.url");
    refused(postgres.url("postgres"), "wrong", "PostgreSQL", "password", "store.password");
  }

  private static void refused(String url, String password, String... texts) {
    var arguments =
        new ArrayList<>(
            List.of("serve", "--port=0", "--upstream=http://127.0.0.1:9", "--auth.mode=none"));
    arguments.addAll(Cluster.storeFlags(url, postgres.user(), password));
    var ended = GatewayProcess.run(arguments.toArray(String[]::new));
    ended.assertRefused(texts);
    assertThat(ended.err().toString()).doesNotContain(postgres.password());
  }
}
