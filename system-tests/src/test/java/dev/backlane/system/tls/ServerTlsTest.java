package dev.backlane.system.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.certificates.CertificateAuthority;
import dev.backlane.system.support.certificates.CertificateAuthority.Issued;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS towards clients, and certificates that change while the gateway runs.
@Timeout(120)
final class ServerTlsTest {
  private static final Duration RELOADED_WITHIN = Duration.ofSeconds(15);
  private static final String HERE = "ip:127.0.0.1";
  private static final String PASSWORD = "opens-the-file-Kq4";

  @TempDir private static Path folder;

  private static CertificateAuthority authority;
  private static Issued first;
  private static Issued second;
  private static Issued rsa;

  @BeforeAll
  static void issue() throws Exception {
    authority = new CertificateAuthority(folder);
    first = authority.issue("first", "EC", HERE);
    second = authority.issue("second", "EC", HERE);
    rsa = authority.issue("with-rsa", "RSA", HERE);
  }

  @Nested
  final class Https {
    @Test
    @DisplayName("the gateway serves https with an EC key in PEM")
    void servesEcKeyInPem() throws Exception {
      assertServes(first, pem(first));
    }

    @Test
    @DisplayName("the gateway serves https with an RSA key in PEM")
    void servesRsaKeyInPem() throws Exception {
      assertServes(rsa, pem(rsa));
    }

    @Test
    @DisplayName("the gateway serves https with an EC key in PKCS#12")
    void servesEcKeyInPkcs12() throws Exception {
      assertServes(first, keystore(first));
    }

    @Test
    @DisplayName("the gateway serves https with an RSA key in PKCS#12")
    void servesRsaKeyInPkcs12() throws Exception {
      assertServes(rsa, keystore(rsa));
    }
  }

  private static void assertServes(Issued shown, List<String> flags) throws Exception {
    try (var gateway = TestGateway.with("").flags(flags).start();
        var client = HttpClient.newBuilder().sslContext(authority.client()).build()) {
      var url = gateway.url();
      assertThat(url.getScheme()).isEqualTo("https");
      assertThat(presented(url)).isEqualTo(shown.chain());
      var http = new Http(client, url, gateway.http().token());

      var accepted = http.post("/things?a=1", "{\"over\":\"tls\"}", "erp-api-background", "none");
      assertThat(accepted.header("Location")).startsWith(url + "/v1/background/");
      assertThat(accepted.text()).contains(url + "/v1/background/").doesNotContain("http://");
      assertThat(http.get(accepted.header("Location")).status()).isEqualTo(200);
      var state = http.awaitEnd(accepted.acceptedId());
      assertThat(state.phase()).isEqualTo(Phase.FINISHED);
      assertThat(state.originalUri()).isEqualTo(url + "/things?a=1");
      assertThat(state.contentLocation()).startsWith(url + "/v1/background/");
      assertThat(http.get(state.contentLocation()).text()).isEqualTo("{\"over\":\"tls\"}");
      assertThat(http.post("/proxied", "as it is").text()).isEqualTo("as it is");

      assertNotServedInClear(http, state.id());
      assertThat(gateway.api().received("/in-clear")).isEmpty();
      assertThat(gateway.process().lines()).noneMatch(line -> line.contains("\tat "));
    }
  }

  private static void assertNotServedInClear(Http http, String id) {
    var end = " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n";
    assertThat(inClear(http, "GET /v1/background/" + id + "/content" + end + "\r\n"))
        .doesNotContain("HTTP/1.1 2", "over", "tls\"}");
    var call = "POST /in-clear" + end + "erp-api-background: none\r\nContent-Length: 0\r\n\r\n";
    assertThat(inClear(http, call)).doesNotContain("HTTP/1.1 2", "location");
  }

  private static String inClear(Http http, String request) {
    try {
      return http.raw(request);
    } catch (IOException reset) {
      return "";
    }
  }

  @Test
  void reloadsCertificateInPem() throws Exception {
    var files = Files.createTempDirectory(folder, "pem");
    var certificate = files.resolve("tls.crt");
    var key = files.resolve("tls.key");
    first.write(certificate, key);
    try (var gateway = TestGateway.with("").flags(flags(certificate, key)).start();
        var line = new GatewayConnection(gateway.url(), authority.client().getSocketFactory())) {
      long pid = gateway.process().pid();
      var url = gateway.url();
      assertThat(presented(url)).isEqualTo(first.chain());
      assertStaysOpen(line, gateway);

      second.write(certificate, key);
      awaitPresented(url, second);
      assertStaysOpen(line, gateway);

      Files.writeString(certificate, "not a certificate at all\n", US_ASCII);
      awaitLog(
          gateway, "the previous TLS keys stay in use: " + certificate + " holds no certificate");
      assertThat(presented(url)).isEqualTo(second.chain());
      assertStaysOpen(line, gateway);

      rsa.write(certificate, key);
      awaitPresented(url, rsa);
      first.write(files.resolve("other.crt"), key);
      awaitLog(
          gateway, "the previous TLS keys stay in use: the key in " + key + " does not match the");
      assertThat(presented(url)).isEqualTo(rsa.chain());

      first.write(certificate, key);
      awaitPresented(url, first);
      assertStaysOpen(line, gateway);
      assertThat(gateway.process().alive()).isTrue();
      assertThat(gateway.process().pid()).isEqualTo(pid);
      assertThat(gateway.process().lines()).noneMatch(text -> text.contains("\tat "));
    }
  }

  @Test
  void reloadsKeystore() throws Exception {
    var file = Files.createTempDirectory(folder, "pkcs12").resolve("tls.p12");
    first.write(file, PASSWORD);
    try (var gateway = TestGateway.with("").flags(flags(file)).start();
        var line = new GatewayConnection(gateway.url(), authority.client().getSocketFactory())) {
      var url = gateway.url();
      assertStaysOpen(line, gateway);
      second.write(file, "another-password-Rw2");
      awaitLog(
          gateway, "the previous TLS keys stay in use: " + file + " is not a PKCS#12 file, or has");
      assertThat(presented(url)).isEqualTo(first.chain());

      rsa.write(file, PASSWORD);
      awaitPresented(url, rsa);
      Files.delete(file);
      awaitLog(gateway, "the previous TLS keys stay in use: " + file + " cannot be read");
      assertThat(presented(url)).isEqualTo(rsa.chain());

      second.write(file, PASSWORD);
      awaitPresented(url, second);
      assertStaysOpen(line, gateway);
      assertThat(gateway.process().lines())
          .noneMatch(text -> text.contains(PASSWORD) || text.contains("\tat "));
    }
  }

  /// Asserts that an open connection carries another call and stays open.
  private static void assertStaysOpen(GatewayConnection line, TestGateway gateway)
      throws IOException {
    var response =
        line.send(GatewayConnection.call("POST", "/kept", gateway.http().token(), new byte[0]));
    assertThat(response.status()).isEqualTo(202);
    assertThat(response.header("Connection")).isNotEqualTo("close");
  }

  private static void awaitLog(TestGateway gateway, String text) throws Exception {
    Deadline.within(
        RELOADED_WITHIN,
        "the log contains '" + text + "'",
        () -> gateway.process().lineWith(text).isPresent());
  }

  private static void awaitPresented(URI url, Issued shown) throws Exception {
    Deadline.within(
        RELOADED_WITHIN,
        "new connections get " + shown.chain().getFirst().getSubjectX500Principal(),
        () -> presented(url).equals(shown.chain()));
  }

  /// The certificates that a new client gets, which has no TLS session to resume.
  private static List<X509Certificate> presented(URI url)
      throws IOException, GeneralSecurityException {
    SSLContext fresh = authority.client();
    try (var socket =
        (SSLSocket) fresh.getSocketFactory().createSocket(url.getHost(), url.getPort())) {
      socket.setSoTimeout((int) RELOADED_WITHIN.toMillis());
      socket.startHandshake();
      return Stream.of(socket.getSession().getPeerCertificates())
          .map(X509Certificate.class::cast)
          .toList();
    }
  }

  private static List<String> pem(Issued issued) throws Exception {
    var files = Files.createTempDirectory(folder, "pem");
    issued.write(files.resolve("tls.crt"), files.resolve("tls.key"));
    return flags(files.resolve("tls.crt"), files.resolve("tls.key"));
  }

  private static List<String> keystore(Issued issued) throws Exception {
    var file = Files.createTempDirectory(folder, "pkcs12").resolve("tls.p12");
    issued.write(file, PASSWORD);
    return flags(file);
  }

  private static List<String> flags(Path certificate, Path key) {
    return List.of("--server.tls-certificate=" + certificate, "--server.tls-key=" + key);
  }

  private static List<String> flags(Path keystore) {
    return List.of(
        "--server.tls-keystore=" + keystore, "--server.tls-keystore-password=" + PASSWORD);
  }
}
