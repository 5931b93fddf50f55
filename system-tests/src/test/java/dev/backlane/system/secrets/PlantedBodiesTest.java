package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.certificates.CertificateAuthority;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Stores bodies encrypted, with all loggers at their finest level, and searches files, output and
/// responses for their marks and for the password of a keystore. Only the content returns a body.
@Timeout(120)
final class PlantedBodiesTest {
  private static final String SENT = "sent-Xw5Qe8Rz2Tn7Yb4Ul";
  private static final String RETURNED = "returned-Mc3Vk6Hd9Pj2Fs5";
  private static final String BROKEN = "broken-Ga8Lo4Zi7Ne2Wu5Bt";
  private static final String PASSWORD = "of-the-keystore-Dy6Kf3Rv";
  private static final String OPERATOR = "op-T4eWm9XcUq6BnOs2Hj8LkRv5Zy7Ia1";
  private static final int LARGE = 300_000;

  @TempDir private Path folder;
  private final List<String> shown = new ArrayList<>();
  private TestGateway gateway;
  private HttpClient client;
  private Http http;

  private final List<PlantedSecret> planted =
      List.of(
          PlantedSecret.of("a request's body", SENT),
          PlantedSecret.of("a response's body", RETURNED),
          PlantedSecret.of("a failed call's body", BROKEN),
          PlantedSecret.of("the keystore's password", PASSWORD));

  @BeforeEach
  void open() throws Exception {
    var authority = new CertificateAuthority(folder);
    var keystore = folder.resolve("tls.p12");
    authority.issue("planted", "EC", "ip:127.0.0.1").write(keystore, PASSWORD);
    gateway =
        TestGateway.with("admin: { token: " + OPERATOR + " }\n")
            .jvmOptions(VerboseLogging.options(folder))
            .flags(
                "--store.encrypt=true",
                "--server.tls-keystore=" + keystore,
                "--server.tls-keystore-password=" + PASSWORD)
            .start();
    client = HttpClient.newBuilder().sslContext(authority.client()).build();
    http = new Http(client, gateway.url(), gateway.http().token());
  }

  @AfterEach
  void close() {
    client.close();
    gateway.close();
  }

  @Test
  @DisplayName("with encryption, no body is in files, output or responses other than the content")
  void keepsBodiesOutOfFilesAndOutput() throws Exception {
    finish("small", "");
    finish("large", "x".repeat(LARGE));
    fail();
    crashAndRestart();
    request();
    assertContainsNoSecret("its files", onDisk());
    gateway.process().terminate();
    shown.addAll(gateway.process().awaitEnd().out());
    shown.addAll(gateway.process().lines());

    assertThat(shown).anyMatch(line -> line.startsWith("DEBUG "));
    assertContainsNoSecret("its files after it has ended", onDisk());
    for (String each : shown) {
      assertContainsNoSecret("output and responses", each);
    }
  }

  private void finish(String name, String filling) throws Exception {
    var sent = SENT + filling + SENT;
    var returned = RETURNED + filling + RETURNED;
    gateway.api().on("/" + name, RecordingApi.responding(200, returned, "X-Kept: plain"));
    var accepted = http.post("/" + name, sent, "erp-api-background", "none");
    show(accepted);
    var state = http.awaitEnd(accepted.acceptedId());
    assertThat(state.phase()).isEqualTo(Phase.FINISHED);
    show(http.stateOf(state.id()));
    assertThat(new String(gateway.api().received("/" + name).getFirst().body(), UTF_8))
        .isEqualTo(sent);
    var content = http.contentOf(state.id());
    assertThat(content.status()).isEqualTo(200);
    assertThat(content.text()).isEqualTo(returned);
  }

  private void fail() throws Exception {
    gateway.api().on("/error", RecordingApi.responding(422, BROKEN));
    var error = http.awaitEnd(http.beginWith("POST", "/error", SENT));
    show(http.stateOf(error.id()));
    assertThat(http.contentOf(error.id()).text()).isEqualTo(BROKEN);
    gateway.api().on("/cut", RecordingApi.breaking());
    var cut = http.awaitEnd(http.beginWith("POST", "/cut", SENT));
    assertThat(cut.phase()).isEqualTo(Phase.FAILED);
    show(http.stateOf(cut.id()));
    show(http.contentOf(cut.id()));
  }

  private void crashAndRestart() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/crash", held);
    var id = http.beginWith("POST", "/crash", SENT + "y".repeat(LARGE));
    held.awaitRequest();
    assertContainsNoSecret("its files while it runs", onDisk());
    gateway.crash();
    shown.addAll(gateway.process().lines());
    assertContainsNoSecret("its files after the crash", onDisk());
    gateway.restart();
    held.release();
    http = new Http(client, gateway.url(), http.token());
    assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.FAILED);
    show(http.stateOf(id));
  }

  private void request() throws Exception {
    for (String path :
        List.of("/health/live", "/health/ready", "/openapi.json", "/v1/background?limit=200")) {
      show(http.get(path));
    }
    var metrics = http.as(OPERATOR).get("/metrics");
    assertThat(metrics.status()).isEqualTo(200);
    show(metrics);
  }

  private void show(Response response) {
    shown.add(response.headers().map() + response.text());
  }

  private void assertContainsNoSecret(String where, String text) {
    for (PlantedSecret secret : planted) {
      assertThat(secret.in(text)).as(where).isEmpty();
    }
  }

  private String onDisk() throws IOException {
    return PlantedSecret.filesOf(gateway.dataFolder());
  }
}
