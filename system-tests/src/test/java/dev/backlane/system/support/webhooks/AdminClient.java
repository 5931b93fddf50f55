package dev.backlane.system.support.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Answer;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What the operator of a gateway does over `/admin/v1`. Immutable, thread-safe.
///
/// @param http sends the operator's token
public record AdminClient(Http http) {
  public static final String TOKEN = "op-Vz5Kq8RtXw2NbYm7Lc4Hd9Sj";

  /// What lets it in, as a line of the configuration file.
  public static final String SETTINGS = "admin: { token: " + TOKEN + " }\n";

  public static final String SUBSCRIPTIONS = "/admin/v1/subscriptions";
  public static final String DELIVERIES = "/admin/v1/deliveries";

  private static final Duration DELIVERY_MAX = Duration.ofSeconds(20);

  /// The operator of a stand's gateway, as it runs now.
  public static AdminClient of(TestGateway gateway) {
    return new AdminClient(gateway.http().as(TOKEN));
  }

  /// A subscription that was made.
  ///
  /// @param secret as it was shown
  public record Subscribed(String id, String secret) {}

  /// A page of deliveries.
  public record DeliveryPage(List<DeliveryView> items, @Nullable String nextCursor) {}

  /// Registers a receiver of a client of the usual tenant.
  public Subscribed subscribe(String client, String url) throws IOException, InterruptedException {
    var made =
        post(SUBSCRIPTIONS, Map.of("tenant", TestGateway.TENANT, "client", client, "url", url));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return subscribed(made);
  }

  /// Gives a subscription a new secret.
  public Subscribed rotate(String id) throws IOException, InterruptedException {
    var rotated = post(SUBSCRIPTIONS + "/" + id + "/rotate", Map.of());
    assertThat(rotated.status()).as(rotated.text()).isEqualTo(200);
    return subscribed(rotated);
  }

  private static Subscribed subscribed(Answer answer) {
    var document = answer.json();
    return new Subscribed(
        String.valueOf(document.get("id")), String.valueOf(document.get("secret")));
  }

  /// A subscription's document.
  public Map<String, Object> subscription(String id) throws IOException, InterruptedException {
    var answer = http.get(SUBSCRIPTIONS + "/" + id);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  /// Changes members of a subscription.
  public void change(String id, Map<String, Object> members)
      throws IOException, InterruptedException {
    var answer = send("PATCH", SUBSCRIPTIONS + "/" + id, members);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  /// Waits until a subscription is disabled.
  ///
  /// @return why
  public String awaitDisabled(String id) throws Exception {
    Deadline.within(
        DELIVERY_MAX,
        "subscription " + id + " is disabled",
        () -> Boolean.FALSE.equals(subscription(id).get("enabled")));
    return String.valueOf(subscription(id).get("disabledReason"));
  }

  public DeliveryView delivery(String id) throws IOException, InterruptedException {
    var answer = http.get(DELIVERIES + "/" + id);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return Json.read(answer.body(), DeliveryView.class);
  }

  /// Waits until a delivery stands as wanted.
  public DeliveryView awaitDelivery(String id, String state) throws Exception {
    return awaitDelivery(id, state, 0);
  }

  /// As above, with so many attempts at least.
  public DeliveryView awaitDelivery(String id, String state, int attempts) throws Exception {
    var last = new AtomicReference<Answer>();
    Deadline.within(
        DELIVERY_MAX,
        "delivery " + id + " is " + state + " after " + attempts + " attempts",
        () -> {
          var answer = http.get(DELIVERIES + "/" + id);
          last.set(answer);
          if (answer.status() != 200) {
            return false;
          }
          var view = Json.read(answer.body(), DeliveryView.class);
          return view.state().equals(state) && view.attempts().size() >= attempts;
        });
    return Json.read(last.get().body(), DeliveryView.class);
  }

  /// Has one delivery made anew.
  public void redeliver(String id) throws IOException, InterruptedException {
    var answer = post(DELIVERIES + "/" + id + "/redeliver", Map.of());
    assertThat(answer.status()).as(answer.text()).isEqualTo(202);
  }

  /// Has what has failed made anew.
  ///
  /// @param under path of a subscription, or of all deliveries
  /// @return how many deliveries
  public int redeliverFailed(String under, Instant since) throws IOException, InterruptedException {
    var answer = post(under + "/redeliver", Map.of("since", since.toString()));
    assertThat(answer.status()).as(answer.text()).isEqualTo(202);
    assertThat(answer.json()).containsOnlyKeys("redelivered");
    return Integer.parseInt(String.valueOf(answer.json().get("redelivered")));
  }

  public DeliveryPage deliveries(String pathAndQuery) throws IOException, InterruptedException {
    var answer = http.get(pathAndQuery);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return Json.read(answer.body(), DeliveryPage.class);
  }

  public Answer post(String path, Map<String, Object> members)
      throws IOException, InterruptedException {
    return send("POST", path, members);
  }

  public Answer send(String method, String path, Map<String, Object> members)
      throws IOException, InterruptedException {
    return http.send(method, path, Json.bytes(members), "Content-Type", "application/json");
  }

  /// As above, with a body as it is.
  public Answer sendText(String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(method, path, body.getBytes(UTF_8), "Content-Type", "application/json");
  }

  /// The body of a request to register a receiver at which no server listens.
  public static String subscriptionJson(String client) {
    return new String(
        Json.bytes(
            Map.of(
                "tenant", TestGateway.TENANT, "client", client, "url", "http://127.0.0.1:9/hook")),
        UTF_8);
  }

  /// The entries of a gateway's audit log.
  @SuppressWarnings("unchecked") // The names of a JSON object are strings.
  public static List<Map<String, Object>> auditLog(TestGateway gateway) throws IOException {
    return Files.readAllLines(gateway.dataFolder().resolve("audit.jsonl")).stream()
        .map(line -> (Map<String, Object>) Json.read(line.getBytes(UTF_8), Map.class))
        .toList();
  }
}
