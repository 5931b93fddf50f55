package dev.backlane.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.OwnAuthority.Issued;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// TLS of the real process: to clients, to the upstream, with files that change while it runs, and with files that are wrong.
@Timeout(120)
final class TlsTest {
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(15);
  private static final String HERE = "ip:127.0.0.1";
  private static final String PASSWORD = "opens-the-file-Kq4";

  @TempDir private static Path folder;

  private static OwnAuthority authority;
  private static Issued first;
  private static Issued second;
  private static Issued rsa;

  @BeforeAll
  static void issue() throws Exception {
    authority = new OwnAuthority(folder);
    first = authority.issue("first", "EC", HERE);
    second = authority.issue("second", "EC", HERE);
    rsa = authority.issue("with-rsa", "RSA", HERE);
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Statement.Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() throws Exception {
    var rows = new ArrayList<Statement>();
    rows.addAll(serving());
    rows.addAll(new UpstreamTlsStatements(folder, authority).rows());
    rows.addAll(new TlsStartStatements(folder, first, second).rows());
    return Statement.rows(rows);
  }

  private static List<Statement> serving() {
    return List.of(
        new Statement(
            "a call is made over https with an EC key in PEM", () -> serves(first, pem(first))),
        new Statement(
            "a call is made over https with an RSA key in PEM", () -> serves(rsa, pem(rsa))),
        new Statement(
            "a call is made over https with an EC key in PKCS#12",
            () -> serves(first, keystore(first))),
        new Statement(
            "a call is made over https with an RSA key in PKCS#12",
            () -> serves(rsa, keystore(rsa))));
  }

  private static void serves(Issued shown, List<String> flags) throws Exception {
    try (var stand = Stand.withFlags(flags, "");
        var client = HttpClient.newBuilder().sslContext(authority.client()).build()) {
      var url = stand.gateway().url();
      assertThat(url.getScheme()).isEqualTo("https");
      assertThat(presented(url)).isEqualTo(shown.chain());
      var http = new Http(client, url, stand.http().token());

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

      isSilentInClear(http, state.id());
      assertThat(stand.api().received("/in-clear")).isEmpty();
      assertThat(stand.gateway().lines()).noneMatch(line -> line.contains("\tat "));
    }
  }

  private static void isSilentInClear(Http http, String id) {
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
  void aNewCertificateInPemIsUsedWithoutARestart() throws Exception {
    var files = Files.createTempDirectory(folder, "pem");
    var certificate = files.resolve("tls.crt");
    var key = files.resolve("tls.key");
    first.write(certificate, key);
    try (var stand = Stand.withFlags(flags(certificate, key), "");
        var line = new Line(stand.gateway().url(), authority.client().getSocketFactory())) {
      long pid = stand.gateway().pid();
      var url = stand.gateway().url();
      assertThat(presented(url)).isEqualTo(first.chain());
      goesOn(line, stand);

      second.write(certificate, key);
      awaitPresented(url, second);
      goesOn(line, stand);

      Files.writeString(certificate, "not a certificate at all\n", US_ASCII);
      awaitLog(
          stand, "the previous TLS keys stay in use: " + certificate + " holds no certificate");
      assertThat(presented(url)).isEqualTo(second.chain());
      goesOn(line, stand);

      rsa.write(certificate, key);
      awaitPresented(url, rsa);
      first.write(files.resolve("other.crt"), key);
      awaitLog(stand, "the previous TLS keys stay in use: the key in " + key + " does not fit the");
      assertThat(presented(url)).isEqualTo(rsa.chain());

      first.write(certificate, key);
      awaitPresented(url, first);
      goesOn(line, stand);
      assertThat(stand.gateway().alive()).isTrue();
      assertThat(stand.gateway().pid()).isEqualTo(pid);
      assertThat(stand.gateway().lines()).noneMatch(text -> text.contains("\tat "));
    }
  }

  @Test
  void aNewKeystoreIsUsedWithoutARestart() throws Exception {
    var file = Files.createTempDirectory(folder, "pkcs12").resolve("tls.p12");
    first.write(file, PASSWORD);
    try (var stand = Stand.withFlags(flags(file), "");
        var line = new Line(stand.gateway().url(), authority.client().getSocketFactory())) {
      var url = stand.gateway().url();
      goesOn(line, stand);
      second.write(file, "another-password-Rw2");
      awaitLog(
          stand, "the previous TLS keys stay in use: " + file + " is not a PKCS#12 file, or has");
      assertThat(presented(url)).isEqualTo(first.chain());

      rsa.write(file, PASSWORD);
      awaitPresented(url, rsa);
      Files.delete(file);
      awaitLog(stand, "the previous TLS keys stay in use: " + file + " cannot be read");
      assertThat(presented(url)).isEqualTo(rsa.chain());

      second.write(file, PASSWORD);
      awaitPresented(url, second);
      goesOn(line, stand);
      assertThat(stand.gateway().lines())
          .noneMatch(text -> text.contains(PASSWORD) || text.contains("\tat "));
    }
  }

  /// Shows that a connection that is open carries another call, and stays open.
  private static void goesOn(Line line, Stand stand) throws IOException {
    var answer = line.send(Line.call("POST", "/kept", stand.http().token(), new byte[0]));
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("Connection")).isNotEqualTo("close");
  }

  private static void awaitLog(Stand stand, String text) throws Exception {
    Deadline.within(
        NOTICED_WITHIN,
        "a line of the log with '" + text + "'",
        () -> stand.gateway().lineWith(text).isPresent());
  }

  private static void awaitPresented(URI url, Issued shown) throws Exception {
    Deadline.within(
        NOTICED_WITHIN,
        "new connections see " + shown.chain().getFirst().getSubjectX500Principal(),
        () -> presented(url).equals(shown.chain()));
  }

  /// What a new client is shown. It has no session of an earlier connection.
  private static List<X509Certificate> presented(URI url)
      throws IOException, GeneralSecurityException {
    SSLContext fresh = authority.client();
    try (var socket =
        (SSLSocket) fresh.getSocketFactory().createSocket(url.getHost(), url.getPort())) {
      socket.setSoTimeout((int) NOTICED_WITHIN.toMillis());
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
