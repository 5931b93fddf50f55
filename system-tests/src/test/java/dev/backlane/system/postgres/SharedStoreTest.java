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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// It is of no matter to a caller which node he speaks to.
@Timeout(90)
final class SharedStoreTest {
  private static final String SETTINGS =
      AdminClient.SETTINGS + "webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1m] }\n";

  /// Nodes look every 3 s at what runs.
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(6);

  private static final Duration AWAY_WITHIN = Duration.ofSeconds(15);
  private static final Duration BACK_WITHIN = Duration.ofSeconds(20);
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
  void whatOneNodeAcceptsAnotherTells() throws Exception {
    var id = first().http().beginWith("POST", "/told", "[1, 2]", "Backlane-Reference", "told");
    assertThat(second().http().stateOf(id).state().reference()).isEqualTo("told");
    assertThat(second().http().awaitEnd(id).statusCode()).isEqualTo(200);
    for (var node : cluster.nodes()) {
      assertThat(node.http().contentOf(id).text()).isEqualTo("[1, 2]");
      assertThat(node.http().get("/v1/background?reference=told").page().items())
          .extracting(BackgroundRequestStateDto::id)
          .containsExactly(id);
    }
  }

  @Test
  void whatRunsAtOneNodeAnotherCancels() throws Exception {
    var arrivedAt = new CompletableFuture<ClusterNode>();
    var brokenOff = new CountDownLatch(1);
    for (var node : cluster.nodes()) {
      node.api()
          .on(
              "/canceled",
              (_, client) -> {
                arrivedAt.complete(node);
                try {
                  client.getInputStream().transferTo(OutputStream.nullOutputStream());
                } finally {
                  brokenOff.countDown();
                }
              });
    }
    var id = first().http().begin("/canceled");
    var other = arrivedAt.get(10, TimeUnit.SECONDS).equals(first()) ? second() : first();
    assertThat(other.http().delete("/v1/background/" + id).status()).isIn(202, 204);
    for (var node : cluster.nodes()) {
      assertThat(node.http().stateOf(id).state().phase()).isEqualTo(Phase.CANCELED);
    }
    assertThat(brokenOff.await(NOTICED_WITHIN.toMillis(), TimeUnit.MILLISECONDS))
        .as("the call is broken off")
        .isTrue();
    assertThat(other.http().delete("/v1/background/" + id).status()).isEqualTo(409);
  }

  @Test
  void whatEndsAtOneNodeIsWaitedForAtAnother() throws Exception {
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
  void anIdempotencyKeyIsKnownAtEveryNode() throws Exception {
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
  void aReceiverRegisteredAtOneNodeIsNotifiedByAnother() throws Exception {
    try (var receiver = new WebhookReceiver()) {
      var subscribed = first().operator().subscribe(TestGateway.CLIENT, receiver.url());
      var ids = new ArrayList<String>();
      Deadline.within(
          NOTICED_WITHIN,
          "the other node knows the subscription",
          () -> {
            var answer = second().http().post("/notified", "{}", TRIGGER, "subscription");
            if (answer.status() == 202) {
              ids.add(answer.acceptedId());
            }
            return !ids.isEmpty();
          });
      var notification = receiver.await(1).getFirst();
      assertThat(WebhookReceiver.idOf(notification)).isEqualTo(ids.getFirst());
      assertThat(WebhookReceiver.verified(notification, subscribed.secret()))
          .isEqualTo(WebhookVerifier.Result.GENUINE);
      // What one node has delivered, another tells.
      first().operator().awaitDelivery(ids.getFirst(), "delivered");
      assertThat(first().operator().http().delete("/admin/v1/subscriptions/" + subscribed.id()))
          .extracting(Http.Answer::status)
          .isEqualTo(204);
    }
  }

  @Test
  void whatOneNodeSealsAnotherOpens() throws Exception {
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

  /// The lease is so long that nothing here waits for its end.
  @Test
  void aNodeThatIsAskedToEndLeavesItsWorkToTheOthersAtOnce() throws Exception {
    try (var draining =
        Cluster.open(
            postgres, 2, "execution: { concurrency: 3, lease: 1m, drain-timeout: 2s }\n")) {
      var leaving = draining.nodes().getFirst();
      var staying = draining.nodes().getLast();
      var ended = new Under(leaving, "POST", "/ended");
      var repeated = new Under(leaving, "PUT", "/repeated");
      var unknown = new Under(leaving, "POST", "/unknown");
      var others =
          List.of(
              new Under(staying, "POST", "/other-1"),
              new Under(staying, "POST", "/other-2"),
              new Under(staying, "POST", "/other-3"));
      // Nobody has room for it.
      var queued = leaving.http().begin("/queued");
      assertThat(staying.http().stateOf(queued).state().phase()).isEqualTo(Phase.QUEUED);

      leaving.terminate();
      Deadline.within(
          NOTICED_WITHIN,
          "the node drains",
          () -> leaving.http().get("/health/ready").status() == 503);
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

  /// An operation that is under way at a node, whose API keeps its answer back.
  private record Under(HeldResponse held, String id) {
    Under(ClusterNode node, String method, String path) throws Exception {
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
  void aDatabaseThatIsAwayIsToldAndWhenItIsBackAllGoesOn() throws Exception {
    var before = first().http().begin("/before");
    first().http().awaitEnd(before);
    postgres.stop();
    try {
      for (var node : cluster.nodes()) {
        var http = node.http();
        Deadline.within(
            AWAY_WITHIN, "it is noticed", () -> http.get("/health/ready").status() == 503);
        assertThat(http.get("/health/ready").json()).containsEntry("reason", "store-unavailable");
        assertThat(http.get("/health/live").status()).isEqualTo(200);
        var refused = http.post("/refused", "{}", TRIGGER, "none");
        refused.assertProblem(503, "overloaded");
        assertThat(refused.header("Retry-After")).matches("[1-9]\\d*");
        // What needs no store needs no database.
        assertThat(http.post("/proxied", "{}").status()).isEqualTo(200);
      }
    } finally {
      postgres.startAgain();
      for (var node : cluster.nodes()) {
        var http = node.http();
        Deadline.within(
            BACK_WITHIN, "it is ready again", () -> http.get("/health/ready").status() == 200);
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
  void aNodeThatCannotReachItsDatabaseSaysSoAndEnds() {
    try (var closed = new ClosedPort()) {
      var url = "jdbc:postgresql://127.0.0.1:" + closed.url().getPort() + "/backlane";
      refused(url, postgres.password(), "PostgreSQL", url, "refused", "store.url");
    }
    refused(postgres.url("nowhere"), postgres.password(), "PostgreSQL", "\"nowhere\"", "store.url");
    refused(postgres.url("postgres"), "wrong", "PostgreSQL", "password", "store.password");
  }

  private static void refused(String url, String password, String... told) {
    var arguments =
        new ArrayList<>(
            List.of("serve", "--port=0", "--upstream=http://127.0.0.1:9", "--auth.mode=none"));
    arguments.addAll(Cluster.storeFlags(url, postgres.user(), password));
    var ended = GatewayProcess.run(arguments.toArray(String[]::new));
    ended.assertRefused(told);
    assertThat(ended.err().toString()).doesNotContain(postgres.password());
  }
}
