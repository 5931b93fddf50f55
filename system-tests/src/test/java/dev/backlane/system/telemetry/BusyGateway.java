package dev.backlane.system.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.WebhookReceiver;

/// A gateway at which everything has happened that has a metric: calls that finish, fail, are
/// repeated, proxied and refused, and a notification.
final class BusyGateway {
  static final String TOKEN = "the-operators-token-of-the-tests";

  /// Two tenants get a label of their own.
  static final String SETTINGS =
      """
      admin: { token: %s }
      telemetry: { tenants-max: 2 }
      webhooks: { allow-cidrs: ["127.0.0.0/8"] }
      routes: [{ path: /orders, max-attempts: 3 }]
      """
          .formatted(TOKEN);

  private BusyGateway() {}

  /// Makes the calls.
  ///
  /// @return the text of `/metrics` after them
  static String metrics(TestGateway gateway) throws Exception {
    var http = gateway.http();
    gateway
        .api()
        .on(
            "/orders",
            RecordingApi.inTurn(
                RecordingApi.responding(429, "later", "Retry-After", "0"),
                RecordingApi.responding(200, "done")));
    gateway.api().on("/broken", RecordingApi.breaking());
    try (var receiver = new WebhookReceiver()) {
      var notified = http.post("/orders", "{}", "erp-api-background", receiver.url()).acceptedId();
      assertThat(http.awaitEnd(notified).phase()).isEqualTo(Phase.FINISHED);
      receiver.await(1);
    }
    assertThat(http.awaitEnd(http.begin("/broken")).phase()).isEqualTo(Phase.FAILED);
    for (var tenant : new String[] {"second", "third", "fourth"}) {
      var other = gateway.http(TestGateway.CLIENT, tenant, "");
      other.awaitEnd(other.begin("/fine"));
    }
    assertThat(http.get("/proxied").status()).isEqualTo(200);
    assertThat(http.post("/refused", "{}", "erp-api-background", "junk").status()).isEqualTo(400);
    assertThat(http.as("wrong").post("/refused", "{}", "erp-api-background", "none").status())
        .isEqualTo(401);
    assertThat(http.as("wrong").get("/admin/v1/subscriptions").status()).isEqualTo(401);
    return text(http);
  }

  private static String text(Http http) throws Exception {
    var metrics = http.as(TOKEN).get("/metrics");
    assertThat(metrics.status()).isEqualTo(200);
    return metrics.text();
  }
}
