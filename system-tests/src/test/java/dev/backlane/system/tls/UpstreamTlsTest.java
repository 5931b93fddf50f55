package dev.backlane.system.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.certificates.CertificateAuthority;
import dev.backlane.system.support.certificates.CertificateAuthority.Issued;
import dev.backlane.system.support.certificates.TlsApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS towards the upstream: trusted authorities and the certificate of the gateway.
@Timeout(120)
final class UpstreamTlsTest {
  private static final Duration RELOADED_WITHIN = Duration.ofSeconds(15);
  private static final String PASSWORD = "opens-the-file-Zt8";

  @TempDir private static Path folder;

  private static CertificateAuthority authority;
  private static CertificateAuthority otherAuthority;
  private static Issued here;
  private static Issued elsewhere;

  @BeforeAll
  static void issueCertificates() throws Exception {
    authority = new CertificateAuthority(folder);
    otherAuthority = new CertificateAuthority(folder);
    here = authority.issue("upstream", "EC", "ip:127.0.0.1");
    elsewhere = authority.issue("elsewhere", "EC", "dns:elsewhere.example,ip:192.0.2.1");
    authority.writeCertificate(trust());
    var ofGateway = authority.issue("gateway", "EC", "dns:gateway.example");
    ofGateway.write(folder.resolve("gateway.crt"), folder.resolve("gateway.key"));
    ofGateway.write(folder.resolve("gateway.p12"), PASSWORD);
  }

  @Nested
  final class Trust {
    @Test
    @DisplayName("an upstream with a certificate of an untrusted authority is sent nothing")
    void sendsNothingToUntrustedUpstream() throws Exception {
      assertNotCalled(here, List.of(), "PKIX path building failed");
    }

    @Test
    @DisplayName("an upstream of an authority in upstream.tls-ca is called")
    void callsUpstreamOfConfiguredAuthority() throws Exception {
      assertCalled(false, trusting());
    }

    @Test
    @DisplayName("an upstream with another host's certificate is sent nothing")
    void sendsNothingToOtherHost() throws Exception {
      assertNotCalled(elsewhere, trusting(), "subject alternative names");
    }

    @Test
    @DisplayName("a changed upstream.tls-ca file is used without a restart")
    void reloadsAuthorities() throws Exception {
      var changing = otherAuthority.writeCertificate(folder.resolve("changing.crt"));
      try (var api = new TlsApi(authority.server(here), false);
          var gateway = gateway(api, List.of("--upstream.tls-ca=" + changing))) {
        assertThat(gateway.http().post("/proxied", "x").status()).isEqualTo(502);
        authority.writeCertificate(changing);
        Deadline.within(
            RELOADED_WITHIN,
            "the upstream is called",
            () -> gateway.http().post("/proxied", "x").status() == 200);
      }
    }
  }

  @Nested
  final class ClientCertificate {
    @Test
    @DisplayName("an upstream that requires a certificate refuses a gateway without one")
    void failsWithoutRequiredCertificate() throws Exception {
      try (var api = new TlsApi(authority.server(here), true);
          var gateway = gateway(api, trusting())) {
        fails(gateway);
        assertThat(api.callers()).isEmpty();
      }
    }

    @Test
    @DisplayName("an upstream accepts the certificate in upstream.tls-certificate")
    void presentsCertificateInPem() throws Exception {
      assertCalled(
          true,
          trusting(
              "--upstream.tls-certificate=" + folder.resolve("gateway.crt"),
              "--upstream.tls-key=" + folder.resolve("gateway.key")));
    }

    @Test
    @DisplayName("an upstream accepts the certificate in upstream.tls-keystore")
    void presentsCertificateInPkcs12() throws Exception {
      assertCalled(
          true,
          trusting(
              "--upstream.tls-keystore=" + folder.resolve("gateway.p12"),
              "--upstream.tls-keystore-password=" + PASSWORD));
    }
  }

  private void assertCalled(boolean shown, List<String> flags) throws Exception {
    try (var api = new TlsApi(authority.server(here), shown);
        var gateway = gateway(api, flags)) {
      var http = gateway.http();
      var state = http.awaitEnd(http.beginWith("POST", "/background", "in the background"));
      assertThat(state.phase()).as(state.errorMessage()).isEqualTo(Phase.FINISHED);
      assertThat(state.statusCode()).isEqualTo(200);
      assertThat(http.contentOf(state.id()).text()).isEqualTo("in the background");
      var proxied = http.post("/proxied", "passed on");
      assertThat(proxied.status()).isEqualTo(200);
      assertThat(proxied.text()).isEqualTo("passed on");
      assertThat(api.callers()).hasSize(2).containsOnly(shown ? "CN=gateway" : "");
    }
  }

  private void assertNotCalled(Issued shown, List<String> flags, String reason) throws Exception {
    try (var api = new TlsApi(authority.server(shown), false);
        var gateway = gateway(api, flags)) {
      assertThat(fails(gateway).errorMessage())
          .startsWith("Upstream unreachable since ")
          .contains("TLS with the upstream failed", reason);
      assertThat(api.callers()).isEmpty();
    }
  }

  private static BackgroundRequestStateDto fails(TestGateway gateway) throws Exception {
    var http = gateway.http();
    var state = http.awaitEnd(http.beginWith("POST", "/background", "in the background"));
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    assertThat(state.status()).isEqualTo(Status.FAILED);
    assertThat(state.attempt()).isEqualTo(1);
    http.post("/proxied", "passed on").assertProblem(502, "upstream-unreachable");
    return state;
  }

  private static TestGateway gateway(TlsApi api, List<String> flags) {
    var all = new ArrayList<>(flags);
    all.add("--upstream.url=" + api.url());
    all.add("--execution.max-duration=3s");
    return TestGateway.with("").flags(all).start();
  }

  private List<String> trusting(String... more) {
    var flags = new ArrayList<>(List.of("--upstream.tls-ca=" + trust()));
    flags.addAll(List.of(more));
    return flags;
  }

  private static Path trust() {
    return folder.resolve("authority.crt");
  }
}
