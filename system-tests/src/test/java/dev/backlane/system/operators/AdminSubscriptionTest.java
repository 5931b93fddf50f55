package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `/admin/v1/subscriptions`: changes, and requests that are refused.
@Timeout(60)
public final class AdminSubscriptionTest {
  static final String CONFIGURED_SECRET = "whsec_Y29uZmlndXJlZC1jb25maWd1cmVkLWNvbmZpZ3VyZWQ=";
  static final String CONFIGURED_CLIENT = "configured-client";

  /// One configured subscription.
  static final String SETTINGS =
      """
      subscriptions:
        - { tenant: nordlys, client: %s, url: "http://192.0.43.8/configured", secret: "%s" }
      webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1m] }
      """
          .formatted(CONFIGURED_CLIENT, CONFIGURED_SECRET);

  private static final String URL = "http://192.0.43.8/hook";
  private static final int BODY_BYTES_MAX = 64 * 1024;

  @RegisterExtension
  static final TestGateway gateway = TestGateway.with(AdminClient.SETTINGS + SETTINGS);

  private final AdminClient operator = AdminClient.of(gateway);

  @Nested
  final class Changes {
    @Test
    @DisplayName("POST registers a receiver and returns its location and secret")
    void createsSubscription() throws Exception {
      var before = Instant.now();
      var response =
          operator.post(
              AdminClient.SUBSCRIPTIONS,
              Map.of("tenant", TestGateway.TENANT, "client", "created", "url", URL));
      assertThat(response.status()).isEqualTo(201);
      var document = response.json();
      assertThat(response.header("Location"))
          .isEqualTo(gateway.url() + AdminClient.SUBSCRIPTIONS + "/" + document.get("id"));
      assertThat(document.get("secret")).asString().matches("whsec_[A-Za-z0-9+/]{43}=");
      assertThat(Instant.parse(String.valueOf(document.get("createdUtc"))))
          .isBetween(before, Instant.now());
      assertThat(document)
          .containsOnlyKeys(
              "id",
              "tenant",
              "client",
              "url",
              "eventTypes",
              "source",
              "enabled",
              "disabledUtc",
              "disabledReason",
              "failingSinceUtc",
              "createdUtc",
              "previousSecretExpiresUtc",
              "secret")
          .containsEntry("tenant", TestGateway.TENANT)
          .containsEntry("client", "created")
          .containsEntry("url", URL)
          .containsEntry("eventTypes", List.of("BACKGROUND_API_RESPONSE"))
          .containsEntry("source", "api")
          .containsEntry("enabled", true)
          .containsEntry("disabledUtc", null)
          .containsEntry("disabledReason", null)
          .containsEntry("failingSinceUtc", null)
          .containsEntry("previousSecretExpiresUtc", null);
      document.remove("secret");
      assertThat(operator.http().get(response.header("Location")).json()).isEqualTo(document);
    }

    @Test
    @DisplayName("only create and rotate show a secret")
    void showsSecretOnce() throws Exception {
      var made = operator.subscribe("shown-once", URL);
      var rotated = operator.rotate(made.id());
      assertThat(rotated.secret()).matches("whsec_.{44}").isNotEqualTo(made.secret());
      var path = AdminClient.SUBSCRIPTIONS + "/" + made.id();
      var responses =
          List.of(
              operator.http().get(AdminClient.SUBSCRIPTIONS),
              operator.http().get(path),
              operator.send("PATCH", path, Map.of("enabled", true)),
              operator.post(path + "/test", Map.of()),
              operator.http().get(path + "/deliveries"),
              operator.http().get(AdminClient.DELIVERIES),
              operator.post(
                  AdminClient.SUBSCRIPTIONS, Map.of("client", "shown-once", "url", "x x")),
              operator.http().delete(path));
      for (var response : responses) {
        assertThat(response.headers().map() + response.text())
            .doesNotContain("whsec_")
            .doesNotContain(made.secret().substring(6))
            .doesNotContain(rotated.secret().substring(6));
      }
    }

    @Test
    @DisplayName("PATCH changes url, eventTypes and enabled")
    void changesSubscription() throws Exception {
      var id = operator.subscribe("changed", URL).id();
      operator.change(id, Map.of("url", URL + "/2"));
      assertThat(operator.subscription(id)).containsEntry("url", URL + "/2");
      operator.change(id, Map.of("enabled", false, "eventTypes", List.of()));
      assertThat(operator.subscription(id))
          .containsEntry("url", URL + "/2")
          .containsEntry("eventTypes", List.of())
          .containsEntry("enabled", false)
          .containsEntry("disabledReason", "an operator disabled it");
      operator.change(id, Map.of());
      assertThat(operator.subscription(id)).containsEntry("enabled", false);
      operator.change(id, Map.of("enabled", true));
      assertThat(operator.subscription(id)).containsEntry("enabled", true);
    }

    @Test
    @DisplayName("a call cannot use a subscription without event types")
    void servesNoCallWithoutEventTypes() throws Exception {
      var id = operator.subscribe("without-types", URL).id();
      operator.change(id, Map.of("eventTypes", List.of()));
      triggered("without-types").assertProblem(422, "no-subscription");
      operator.change(id, Map.of("eventTypes", List.of("BACKGROUND_API_RESPONSE")));
      assertThat(triggered("without-types").status()).isEqualTo(202);
    }

    @Test
    @DisplayName("DELETE removes a subscription")
    void deletesSubscription() throws Exception {
      var id = operator.subscribe("removed", URL).id();
      var path = AdminClient.SUBSCRIPTIONS + "/" + id;
      var response = operator.http().delete(path);
      assertThat(response.status()).isEqualTo(204);
      assertThat(response.body()).isEmpty();
      operator.http().delete(path).assertProblem(404, "not-found");
      operator.http().get(path).assertProblem(404, "not-found");
      triggered("removed").assertProblem(422, "no-subscription");
      assertThat(operator.subscribe("removed", URL).id()).isNotEqualTo(id);
    }

    @Test
    @DisplayName("the list contains all, by client and tenant")
    void listsSubscriptions() throws Exception {
      var second = operator.subscribe("listed-b", URL).id();
      var first = operator.subscribe("listed-a", URL).id();
      assertThat(ids()).containsSubsequence(first, second).doesNotHaveDuplicates();
      var head = operator.http().send("HEAD", AdminClient.SUBSCRIPTIONS, new byte[0]);
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.body()).isEmpty();
    }

    @Test
    @DisplayName("a configured subscription is listed, cannot be changed, and can be disabled")
    void disablesConfiguredSubscription() throws Exception {
      var listed =
          items().stream()
              .filter(each -> CONFIGURED_CLIENT.equals(each.get("client")))
              .findFirst()
              .orElseThrow();
      assertThat(listed.get("source")).isEqualTo("configuration");
      assertThat(String.valueOf(listed)).contains("createdUtc=null").doesNotContain("whsec_");
      var id = String.valueOf(listed.get("id"));
      var path = AdminClient.SUBSCRIPTIONS + "/" + id;
      for (var response :
          List.of(
              operator.send("PATCH", path, Map.of("url", URL)),
              operator.send("PATCH", path, Map.of("eventTypes", List.of(), "enabled", false)),
              operator.post(path + "/rotate", Map.of()),
              operator.http().delete(path))) {
        response.assertProblem(409, "conflict");
      }
      assertThat(operator.subscription(id))
          .containsEntry("url", "http://192.0.43.8/configured")
          .containsEntry("enabled", true);
      operator.change(id, Map.of("enabled", false));
      triggered(CONFIGURED_CLIENT).assertProblem(422, "no-subscription");
      operator.change(id, Map.of("enabled", true));
      assertThat(triggered(CONFIGURED_CLIENT).status()).isEqualTo(202);
      register(Map.of("tenant", TestGateway.TENANT, "client", CONFIGURED_CLIENT, "url", URL))
          .assertProblem(409, "conflict");
    }
  }

  @Nested
  final class Faults {
    @Test
    @DisplayName("a second subscription of a client in a tenant gets 409")
    void refusesSecondSubscription() throws Exception {
      operator.subscribe("second", URL);
      register(Map.of("tenant", TestGateway.TENANT, "client", "second", "url", URL + "/other"))
          .assertProblem(409, "conflict");
      assertThat(register(Map.of("tenant", "another", "client", "second", "url", URL)).status())
          .isEqualTo(201);
      assertThat(register(Map.of("client", "second", "url", URL)).status()).isEqualTo(201);
    }

    @Test
    @DisplayName("a malformed body gets 400")
    void refusesMalformedBodies() throws Exception {
      var id = operator.subscribe("bad-bodies", URL).id();
      int before = ids().size();
      for (String body :
          List.of(
              "",
              "{",
              "[]",
              "7",
              "null",
              "{}",
              "{\"client\":\"bad\"}",
              "{\"url\":\"" + URL + "\"}",
              "{\"client\":\"\",\"url\":\"" + URL + "\"}",
              "{\"client\":7,\"url\":\"" + URL + "\"}",
              "{\"client\":\" bad\",\"url\":\"" + URL + "\"}",
              "{\"client\":\"" + "b".repeat(256) + "\",\"url\":\"" + URL + "\"}",
              "{\"client\":\"bad\",\"url\":\"no url\"}",
              "{\"client\":\"bad\",\"url\":\"/hook\"}",
              "{\"client\":\"bad\",\"url\":\"ftp://192.0.43.8/\"}",
              "{\"client\":\"bad\",\"url\":\"http://user@192.0.43.8/\"}",
              "{\"client\":\"bad\",\"url\":\"http://192.0.43.8/caf\u00e9\"}",
              "{\"client\":\"bad\",\"url\":\"http://192.0.43.8:0/\"}",
              "{\"client\":\"bad\",\"url\":\"https://my_host/\"}",
              "{\"client\":\"bad\",\"url\":\"" + URL + "#here\"}",
              "{\"client\":\"bad\",\"url\":\"" + URL + "/" + "x".repeat(4096) + "\"}",
              "{\"client\":\"bad\",\"url\":\"" + URL + "\",\"secret\":\"mine\"}",
              "{\"client\":\"bad\",\"url\":\"" + URL + "\",\"enabled\":false}",
              "{\"client\":\"bad\",\"url\":\"" + URL + "\",\"eventTypes\":\"all\"}",
              "{\"client\":\"bad\",\"url\":\"" + URL + "\",\"eventTypes\":[7]}",
              "{\"client\":\"bad\",\"url\":\"" + URL + "\",\"eventTypes\":[\"OTHER\"]}")) {
        operator
            .sendText("POST", AdminClient.SUBSCRIPTIONS, body)
            .assertProblem(400, "invalid-request");
      }
      var path = AdminClient.SUBSCRIPTIONS + "/" + id;
      for (String body :
          List.of("{\"client\":\"other\"}", "{\"enabled\":\"no\"}", "{\"url\":7}", "nonsense")) {
        operator.sendText("PATCH", path, body).assertProblem(400, "invalid-request");
      }
      assertThat(ids()).hasSize(before);
      assertThat(operator.subscription(id))
          .containsEntry("url", URL)
          .containsEntry("enabled", true);
    }

    @Test
    @DisplayName("a body over 64 KiB gets 413")
    void refusesBodyOver64KiB() throws Exception {
      var id = operator.subscribe("too-large", URL).id();
      var body = "{\"enabled\":false}" + " ".repeat(BODY_BYTES_MAX);
      operator
          .sendText("PATCH", AdminClient.SUBSCRIPTIONS + "/" + id, body)
          .assertProblem(413, "payload-too-large");
      operator
          .sendText("POST", AdminClient.SUBSCRIPTIONS, body)
          .assertProblem(413, "payload-too-large");
      assertThat(operator.subscription(id)).containsEntry("enabled", true);
    }

    @Test
    @DisplayName("a forbidden address gets 422, on create and on change")
    void refusesForbiddenAddress() throws Exception {
      var id = operator.subscribe("forbidden", URL).id();
      for (String url :
          List.of(
              "http://10.0.0.1/",
              "http://169.254.169.254/latest",
              "http://[::1]/",
              "http://0x7f000001/")) {
        register(Map.of("client", "forbidden-new", "url", url))
            .assertProblem(422, "webhook-address-forbidden");
        operator
            .send(
                "PATCH", AdminClient.SUBSCRIPTIONS + "/" + id, Map.of("url", url, "enabled", false))
            .assertProblem(422, "webhook-address-forbidden");
      }
      assertThat(operator.subscription(id))
          .containsEntry("url", URL)
          .containsEntry("enabled", true);
    }

    @Test
    @DisplayName("another method gets 405 with Allow")
    void refusesOtherMethods() throws Exception {
      var path = AdminClient.SUBSCRIPTIONS + "/" + operator.subscribe("bad-methods", URL).id();
      notAllowed("PUT", AdminClient.SUBSCRIPTIONS, "GET, HEAD, POST");
      notAllowed("DELETE", AdminClient.SUBSCRIPTIONS, "GET, HEAD, POST");
      notAllowed("POST", path, "GET, HEAD, PATCH, DELETE");
      notAllowed("PUT", path, "GET, HEAD, PATCH, DELETE");
      notAllowed("POST", path + "/deliveries", "GET, HEAD");
      for (String action : List.of("/rotate", "/test", "/redeliver")) {
        notAllowed("GET", path + action, "POST");
        notAllowed("DELETE", path + action, "POST");
      }
    }

    @Test
    @DisplayName("an unknown id and an unknown action get 404")
    void returns404ForUnknown() throws Exception {
      var known = AdminClient.SUBSCRIPTIONS + "/" + operator.subscribe("unknown", URL).id();
      var unknown = AdminClient.SUBSCRIPTIONS + "/sub_none";
      operator.http().get(unknown).assertProblem(404, "not-found");
      operator.send("PATCH", unknown, Map.of()).assertProblem(404, "not-found");
      operator.http().delete(unknown).assertProblem(404, "not-found");
      operator.http().get(unknown + "/deliveries").assertProblem(404, "not-found");
      for (String action : List.of("/rotate", "/test", "/redeliver")) {
        operator.post(unknown + action, Map.of()).assertProblem(404, "not-found");
      }
      for (String action : List.of("/other", "/rotate/now", "/deliveries/x")) {
        operator.post(known + action, Map.of()).assertProblem(404, "not-found");
      }
    }
  }

  private Http.Response triggered(String client) throws Exception {
    return gateway
        .http(client, TestGateway.TENANT, client)
        .post("/job", "{}", "erp-api-background", "subscription");
  }

  private List<String> ids() throws Exception {
    return items().stream().map(each -> String.valueOf(each.get("id"))).toList();
  }

  private List<Map<?, ?>> items() throws Exception {
    var document = operator.http().get(AdminClient.SUBSCRIPTIONS).json();
    assertThat(document).containsOnlyKeys("items");
    return ((List<?>) document.getOrDefault("items", List.of()))
        .stream().<Map<?, ?>>map(each -> (Map<?, ?>) each).toList();
  }

  private Http.Response register(Map<String, Object> members) throws Exception {
    return operator.post(AdminClient.SUBSCRIPTIONS, members);
  }

  private void notAllowed(String method, String path, String allowed) throws Exception {
    var response = operator.send(method, path, Map.of());
    response.assertProblem(405, "method-not-allowed");
    assertThat(response.header("Allow")).isEqualTo(allowed);
  }
}
