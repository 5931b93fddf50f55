package dev.backlane.client;

import static dev.backlane.client.ScriptedServer.CONTENT;
import static dev.backlane.client.ScriptedServer.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.auth.Credentials;
import dev.backlane.client.auth.CredentialsException;
import dev.backlane.client.documented.BackgroundApi;
import dev.backlane.client.documented.Configuration;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No text that is likely to be logged has a secret.
@Timeout(20)
class SecretsTest {
  private static final String SECRET = "s3cr3t";

  private final ScriptedServer server = new ScriptedServer();

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3cr3t\ns3cr3t", "s3cr3t s3cr3t", "s3cr3tä", "s3cr3t\u0000"})
  void neverShowsATokenThatCannotBeSent(String token) {
    try (var backlane =
        Backlane.at(server.uri()).credentials(Credentials.supplier(() -> token)).build()) {
      assertThatThrownBy(() -> backlane.resume("op-1").state())
          .isInstanceOf(CredentialsException.class)
          .hasMessageContaining("Pass the token alone")
          .satisfies(failure -> assertThat(trace(failure)).doesNotContain(SECRET));
    }
  }

  @Test
  void acceptsATokenWithALineBreakAtItsEnd() throws Exception {
    server.finished("");
    try (var backlane =
        Backlane.at(server.uri()).credentials(Credentials.bearer(SECRET + "\n")).build()) {
      backlane.resume("op-1").state();
    }
    assertThat(server.received(ScriptedServer.STATE).getFirst().header("authorization"))
        .isEqualTo("Bearer " + SECRET);
  }

  @Test
  void saysThatThereIsNoToken() {
    assertThatThrownBy(() -> Credentials.bearer(" ")).isInstanceOf(IllegalArgumentException.class);
    try (var backlane =
        Backlane.at(server.uri()).credentials(Credentials.supplier(() -> "")).build()) {
      assertThatThrownBy(() -> backlane.resume("op-1").state())
          .isInstanceOf(CredentialsException.class)
          .hasMessageContaining("returned none");
    }
  }

  @Test
  void neverShowsSecretsAsText() throws Exception {
    server.on(
        ScriptedServer.STATE,
        text(
            200,
            """
            {"id": "op-1", "status": "Finished", "statusCode": 200, "hasResponseContent": true,
             "webhookAddress": "https://h/s3cr3t", "originalUri": "https://h/?key=s3cr3t",
             "errorMessage": "s3cr3t", "responseHeaders": {"Set-Cookie": "s3cr3t"}}\
            """));
    server.on(CONTENT, text(200, SECRET, "Set-Cookie: s3cr3t"));
    var credentials =
        ClientCredentials.at(server.uri()).client("a", SECRET).parameter("password", SECRET);
    var configuration = new Configuration().setHost(server.uri().toString()).setAccessToken(SECRET);
    var api = new BackgroundApi(configuration);
    try (var backlane = Backlane.at(server.uri()).credentials(Credentials.bearer(SECRET)).build()) {
      var operation = backlane.resume("op-1");
      var outcome = (Outcome.Responded) operation.await(Duration.ofSeconds(5));
      var call = backlane.request("/call").POST(BodyPublishers.noBody()).build();
      var texts =
          List.of(
              backlane,
              operation,
              operation.state(),
              outcome,
              outcome.body(),
              backlane.send(call, BodyHandlers.ofString()),
              credentials.build(),
              Credentials.bearer(SECRET),
              configuration,
              api.backgroundGetBackgroundApiOperationByrequestId("op-1"),
              api.backgroundGetBackgroundApiOperationByrequestIdWithHttpInfo("op-1"));

      assertThat(texts).allSatisfy(each -> assertThat(each.toString()).doesNotContain(SECRET));
    }
  }

  private static String trace(Throwable failure) {
    var text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
