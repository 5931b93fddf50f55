package dev.backlane.gateway.dashboard.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.http.jetty.JettyListener;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The static files of the pages, as browsers load them.
final class AssetsTest {
  private final Assets assets = Assets.load();
  private final HttpClient client = HttpClient.newHttpClient();
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
    try {
      assets.send(call);
    } catch (ProblemException fault) {
      Problems.send(call, fault);
    }
  }

  @AfterEach
  void close() {
    listener.close();
    client.close();
  }

  private HttpResponse<byte[]> get(String path, String... headers)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "style.css",
        "dashboard.js",
        "chart.js",
        "htmx.min.js",
        "uPlot.iife.min.js",
        "uPlot.min.css",
        "icon.svg"
      })
  void aFileIsKeptForAYearUnderTheDigestOfItsContent(String name) throws Exception {
    var plain = get(assets.url(name));
    var compressed = get(assets.url(name), "Accept-Encoding", "br;q=1, gzip");

    assertThat(assets.url(name)).matches("/ui/assets/[0-9a-f]{16}/" + name);
    assertThat(plain.statusCode()).isEqualTo(200);
    assertThat(plain.headers().firstValue("Cache-Control"))
        .contains("public, max-age=31536000, immutable");
    assertThat(plain.headers().firstValue("Vary")).contains("Accept-Encoding");
    assertThat(compressed.headers().firstValue("Content-Encoding")).contains("gzip");
    try (var in = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
      assertThat(in.readAllBytes()).isEqualTo(plain.body());
    }
  }

  @Test
  void acceptsARefusalOfCompression() throws Exception {
    var response = get(assets.url("style.css"), "Accept-Encoding", "gzip;q=0");

    assertThat(response.headers().firstValue("Content-Encoding")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ui/assets/0123456789abcdef/style.css",
        "/ui/assets/style.css",
        "/ui/assets/",
        "/ui/assets/../style.css",
        "/ui/assets/0123456789abcdef/%2e%2e/style.css"
      })
  void findsNothingUnderAnotherDigest(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }
}
