package dev.backlane.system.support.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// An operator's client of `/admin/v1`. Immutable, thread-safe.
///
/// @param http sends the operator's token
public record AdminClient(Http http) {
  public static final String TOKEN = "op-Vz5Kq8RtXw2NbYm7Lc4Hd9Sj3Gf6Pe";

  /// The setting that configures the token, in YAML.
  public static final String SETTINGS = "admin: { token: " + TOKEN + " }\n";

  public static final String SUBSCRIPTIONS = "/admin/v1/subscriptions";
  public static final String DELIVERIES = "/admin/v1/deliveries";

  private static final Duration DELIVERY_MAX = Duration.ofSeconds(20);

  /// The operator of a gateway that runs.
  public static AdminClient of(TestGateway gateway) {
    return new AdminClient(gateway.http().as(TOKEN));
  }

  /// A created subscription.
  ///
  /// @param secret as returned
  public record Subscribed(String id, String secret) {}

  /// A page of deliveries.
  public record DeliveryPage(List<DeliveryView> items, @Nullable String nextCursor) {}

  /// Registers a receiver for a client of the default tenant.
  public Subscribed subscribe(String client, String url) throws IOException, InterruptedException {
    var made =
        post(SUBSCRIPTIONS, Map.of("tenant", TestGateway.TENANT, "client", client, "url", url));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return subscribed(made);
  }

  /// Rotates the secret of a subscription.
  public Subscribed rotate(String id) throws IOException, InterruptedException {
    var rotated = post(SUBSCRIPTIONS + "/" + id + "/rotate", Map.of());
    assertThat(rotated.status()).as(rotated.text()).isEqualTo(200);
    return subscribed(rotated);
  }

  private static Subscribed subscribed(Response response) {
    var document = response.json();
    return new Subscribed(
        String.valueOf(document.get("id")), String.valueOf(document.get("secret")));
  }

  /// A subscription's document.
  public Map<String, Object> subscription(String id) throws IOException, InterruptedException {
    var response = http.get(SUBSCRIPTIONS + "/" + id);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return response.json();
  }

  /// Changes members of a subscription.
  public void change(String id, Map<String, Object> members)
      throws IOException, InterruptedException {
    var response = send("PATCH", SUBSCRIPTIONS + "/" + id, members);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
  }

  /// Waits until a subscription is disabled.
  ///
  /// @return the reason
  public String awaitDisabled(String id) throws Exception {
    Deadline.within(
        DELIVERY_MAX,
        "subscription " + id + " is disabled",
        () -> Boolean.FALSE.equals(subscription(id).get("enabled")));
    return String.valueOf(subscription(id).get("disabledReason"));
  }

  public DeliveryView delivery(String id) throws IOException, InterruptedException {
    var response = http.get(DELIVERIES + "/" + id);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return Json.read(response.body(), DeliveryView.class);
  }

  /// Waits until a delivery is in a state.
  public DeliveryView awaitDelivery(String id, String state) throws Exception {
    return awaitDelivery(id, state, 0);
  }

  /// As above, with a minimum of attempts.
  public DeliveryView awaitDelivery(String id, String state, int attempts) throws Exception {
    var last = new AtomicReference<Response>();
    Deadline.within(
        DELIVERY_MAX,
        "delivery " + id + " is " + state + " after " + attempts + " attempts",
        () -> {
          var response = http.get(DELIVERIES + "/" + id);
          last.set(response);
          if (response.status() != 200) {
            return false;
          }
          var view = Json.read(response.body(), DeliveryView.class);
          return view.state().equals(state) && view.attempts().size() >= attempts;
        });
    return Json.read(last.get().body(), DeliveryView.class);
  }

  /// Repeats one delivery.
  public void redeliver(String id) throws IOException, InterruptedException {
    var response = post(DELIVERIES + "/" + id + "/redeliver", Map.of());
    assertThat(response.status()).as(response.text()).isEqualTo(202);
  }

  /// Repeats failed deliveries.
  ///
  /// @param under the path of a subscription, or of all deliveries
  /// @return the number of deliveries
  public int redeliverFailed(String under, Instant since) throws IOException, InterruptedException {
    var response = post(under + "/redeliver", Map.of("since", since.toString()));
    assertThat(response.status()).as(response.text()).isEqualTo(202);
    assertThat(response.json()).containsOnlyKeys("redelivered");
    return Integer.parseInt(String.valueOf(response.json().get("redelivered")));
  }

  public DeliveryPage deliveries(String pathAndQuery) throws IOException, InterruptedException {
    var response = http.get(pathAndQuery);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return Json.read(response.body(), DeliveryPage.class);
  }

  public Response post(String path, Map<String, Object> members)
      throws IOException, InterruptedException {
    return send("POST", path, members);
  }

  public Response send(String method, String path, Map<String, Object> members)
      throws IOException, InterruptedException {
    return http.send(method, path, Json.bytes(members), "Content-Type", "application/json");
  }

  /// As above, with a raw body.
  public Response sendText(String method, String path, String body)
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
