package dev.backlane.gateway.dashboard.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.jetty.JettyListener;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Faults of the store: pages for browsers, documents for programs.
final class ResponsesTest {
  private final Assets assets = Assets.load();
  private final Responses responses = new Responses(assets);
  private final HttpClient client = HttpClient.newHttpClient();
  private volatile StoreException fault = new StoreException("connection refused");
  private final JettyListener listener =
      JettyListener.open(
          new ListenerSettings(
              "127.0.0.1",
              0,
              Duration.ofSeconds(60),
              Duration.ofSeconds(20),
              0,
              16 * 1024,
              100,
              Optional.empty()));

  @BeforeEach
  void serve() {
    listener.serve(this::respond);
  }

  private void respond(Call call) {
    responses.send(call, Frame.without("Title", assets), fault);
  }

  @AfterEach
  void close() {
    listener.close();
    client.close();
  }

  private HttpResponse<String> get(String accept) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/ui"))
            .header("Accept", accept);
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void aBrowserGetsAPageThatLoadsItselfAgain() throws Exception {
    var response = get("text/html,application/xhtml+xml");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
    assertThat(response.headers().firstValue("Refresh")).contains("5");
    assertThat(response.headers().firstValue("Retry-After")).contains("5");
    assertThat(response.body()).contains("The store is unavailable", "connection refused");
  }

  @Test
  void aProgramGetsADocument() throws Exception {
    var response = get("application/json");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(response.headers().firstValue("Refresh")).isEmpty();
  }

  @Test
  void damagedDataIsNotReportedAsAnOutage() throws Exception {
    fault = new StoreException.Damaged("a checksum does not match");
    var response = get("text/html");

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.headers().firstValue("Refresh")).isEmpty();
    assertThat(response.body()).contains("damaged").doesNotContain("checksum");
  }
}
