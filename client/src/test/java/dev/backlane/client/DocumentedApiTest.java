package dev.backlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.documented.BackgroundApi;
import dev.backlane.client.documented.BackgroundRequestStateDto.StatusEnum;
import dev.backlane.client.documented.Configuration;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The presets of the documented API, against a fake that has only the documented behavior, and
/// tokens that expire to the millisecond.
@Timeout(30)
class DocumentedApiTest {
  private final FakeApi api = new FakeApi();
  private final ScriptedServer login = new ScriptedServer();
  private final List<URI> addressed = new CopyOnWriteArrayList<>();
  private final RoutedHttpClient http = new RoutedHttpClient(this::route);

  @AfterEach
  void stop() {
    http.close();
    login.close();
    api.close();
  }

  private URI route(URI uri) {
    addressed.add(uri);
    var server = uri.getHost().equals("connect.visma.com") ? login.uri() : api.uri();
    return server.resolve(uri.getRawPath());
  }

  private ClientCredentials credentials() {
    return ClientCredentials.vismaNet("company", "client", "secret").httpClient(http).build();
  }

  /// Issues tokens with a life, which the API checks without tolerance.
  private void issueTokens(Duration life) {
    var ends = new ConcurrentHashMap<String, Long>();
    login.on(
        "POST /connect/token",
        (request, out) -> {
          var token = "t" + ends.size();
          ends.put(token, System.nanoTime() + life.toNanos());
          var document =
              "{\"access_token\": \"%s\", \"expires_in\": %d, \"token_type\": \"Bearer\"}"
                  .formatted(token, life.toSeconds());
          ScriptedServer.text(200, document).respond(request, out);
        });
    api.valid = token -> ends.getOrDefault(token, Long.MIN_VALUE) - System.nanoTime() > 0;
  }

  @Test
  void sendsCallsWithThePresetsAlone() throws Exception {
    issueTokens(Duration.ofHours(1));
    var backlane = Backlane.vismaNet(credentials()).httpClient(http).build();

    var call = backlane.request("/v1/invoices").POST(BodyPublishers.ofString("ä")).build();
    var response = backlane.send(call, BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.body()).isEqualTo("echo ä");
    assertThat(api.calls).hasSize(1);
    assertThat(api.calls.getFirst()).doesNotContainKey("Idempotency-key");
    var request = login.received("POST /connect/token").getFirst();
    assertThat(request.body())
        .startsWith("grant_type=client_credentials&scope=vismanet_erp_service_api%3Aread+")
        .endsWith("vismanet_erp_service_api%3Adelete&tenant_id=company");
    assertThat(addressed)
        .contains(
            URI.create("https://connect.visma.com/connect/token"),
            URI.create("https://api.finance.visma.net/v1/invoices"),
            URI.create("https://api.finance.visma.net/v1/background/op-1/content"));
  }

  @Test
  void readsOperationsWithThePresetsAlone() throws Exception {
    issueTokens(Duration.ofHours(1));
    var backlane = Backlane.vismaNet(credentials()).httpClient(http).build();
    var id = backlane.submit(backlane.request("/v1/invoices").GET().build()).id();
    var documented =
        new BackgroundApi(new Configuration().setCredentials(credentials()).setHttpClient(http));

    assertThat(documented.backgroundGetBackgroundApiOperationByrequestId(id).getStatus())
        .isEqualTo(StatusEnum.STARTED);
    assertThat(addressed.getLast())
        .isEqualTo(URI.create("https://api.finance.visma.net/v1/background/op-1"));
  }

  @Test
  void outlivesTheLifeOfItsToken() throws Exception {
    issueTokens(Duration.ofSeconds(1));
    api.endsAfter = Duration.ofMillis(2500);
    api.polls = 0;
    var backlane = Backlane.vismaNet(credentials()).httpClient(http).build();

    var call = backlane.request("/v1/invoices").POST(BodyPublishers.ofString("x")).build();

    assertThat(backlane.send(call, BodyHandlers.ofString()).body()).isEqualTo("echo x");
    assertThat(login.received("POST /connect/token")).hasSizeGreaterThan(1);
  }
}
