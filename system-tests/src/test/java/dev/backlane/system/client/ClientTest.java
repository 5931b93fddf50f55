package dev.backlane.system.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.backlane.client.Backlane;
import dev.backlane.client.OperationException;
import dev.backlane.client.OperationState;
import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.auth.Credentials;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The Java client against a real gateway process.
@Timeout(60)
final class ClientTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(45);

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  private static Backlane client(URI url) {
    return Backlane.at(url).credentials(credentials()).timeout(TIMEOUT).build();
  }

  private static Credentials credentials() {
    return ClientCredentials.at(gateway.issuer().tokenEndpoint())
        .client(TestGateway.CLIENT, TestGateway.CLIENT_SECRET)
        .scope(String.join(" ", TestGateway.SCOPES))
        .parameter("tenant_id", TestGateway.TENANT)
        .build();
  }

  @Test
  void sendsACallAsIfItWereDirect() throws Exception {
    gateway.api().on("/direct", RecordingApi.responding(418, "teapot", "X-Pot: blue"));
    var backlane = client(gateway.url());

    var response =
        backlane.send(
            backlane.request("/direct?a=b").POST(BodyPublishers.ofString("{}")).build(),
            BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(418);
    assertThat(response.body()).isEqualTo("teapot");
    assertThat(response.headers().firstValue("x-pot")).hasValue("blue");
    assertThat(gateway.api().received("/direct").getFirst().target()).isEqualTo("/direct?a=b");
  }

  @Test
  void submitsOneOperationIfTheResponseIsLost() throws Exception {
    gateway.api().on("/lost", RecordingApi.responding(200, "once"));
    try (var relay = new LostResponses(gateway.url(), 2)) {
      var backlane = client(relay.url());

      var response =
          backlane.send(
              backlane.request("/lost").POST(BodyPublishers.ofString("x")).build(),
              BodyHandlers.ofString());

      assertThat(response.body()).isEqualTo("once");
    }
    assertThat(gateway.api().received("/lost")).hasSize(1);
  }

  @Test
  void reportsACanceledOperation() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/canceled", held);
    var backlane = client(gateway.url());
    var operation =
        backlane.submit(backlane.request("/canceled").POST(BodyPublishers.noBody()).build());
    held.awaitRequest();

    assertThat(operation.cancel()).isTrue();

    assertThat(operation.state()).extracting(OperationState::phase).isEqualTo("canceled");
    assertThat(operation.cancel()).isFalse();
    held.release();
  }

  @Test
  void saysThatAnOperationHasNotEnded() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/held", held);
    var backlane = client(gateway.url());
    var call = backlane.request("/held").POST(BodyPublishers.noBody()).build();

    assertThatThrownBy(() -> backlane.send(call, BodyHandlers.ofString(), Duration.ofSeconds(1)))
        .asInstanceOf(type(OperationException.class))
        .satisfies(
            failure -> assertThat(failure.reason()).isEqualTo(OperationException.Reason.NOT_ENDED));
    held.release();
  }
}
