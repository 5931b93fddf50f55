package dev.backlane.system.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.CertificateAuthority;
import dev.backlane.system.support.CertificateAuthority.Issued;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.TlsApi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// TLS towards the upstream: whom the gateway trusts, and what it shows.
final class UpstreamTlsStatements {
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(15);
  private static final String PASSWORD = "opens-the-file-Zt8";

  private final Path folder;
  private final CertificateAuthority authority;
  private final CertificateAuthority stranger;
  private final Issued here;
  private final Issued elsewhere;
  private final Issued gateway;

  /// @param folder for files
  UpstreamTlsStatements(Path folder, CertificateAuthority authority) throws Exception {
    this.folder = Files.createTempDirectory(folder, "upstream");
    this.authority = authority;
    this.stranger = new CertificateAuthority(this.folder);
    this.here = authority.issue("upstream", "EC", "ip:127.0.0.1");
    this.elsewhere = authority.issue("elsewhere", "EC", "dns:elsewhere.example,ip:192.0.2.1");
    this.gateway = authority.issue("gateway", "EC", "dns:gateway.example");
    authority.writeCertificate(trust());
    gateway.write(this.folder.resolve("gateway.crt"), this.folder.resolve("gateway.key"));
    gateway.write(this.folder.resolve("gateway.p12"), PASSWORD);
  }

  List<Statement> rows() {
    var rows = new ArrayList<Statement>();
    rows.addAll(trusts());
    rows.addAll(shows());
    return rows;
  }

  private List<Statement> trusts() {
    return List.of(
        new Statement(
            "an upstream of an authority that the platform does not trust is sent nothing",
            () -> isRefused(here, List.of(), "PKIX path building failed")),
        new Statement("with upstream.tls-ca it is called", () -> works(false, trusting())),
        new Statement(
            "an upstream whose certificate is another host's is sent nothing",
            () -> isRefused(elsewhere, trusting(), "127.0.0.1")),
        new Statement(
            "a new file of authorities is used without a restart",
            () -> {
              var changing = stranger.writeCertificate(folder.resolve("changing.crt"));
              try (var api = new TlsApi(authority.server(here), false);
                  var stand = stand(api, List.of("--upstream.tls-ca=" + changing))) {
                assertThat(stand.http().post("/proxied", "x").status()).isEqualTo(502);
                authority.writeCertificate(changing);
                Deadline.within(
                    NOTICED_WITHIN,
                    "the upstream is called",
                    () -> stand.http().post("/proxied", "x").status() == 200);
              }
            }));
  }

  private List<Statement> shows() {
    return List.of(
        new Statement(
            "an upstream that wants a certificate refuses a gateway that shows none",
            () -> {
              try (var api = new TlsApi(authority.server(here), true);
                  var stand = stand(api, trusting())) {
                fails(stand);
                assertThat(api.callers()).isEmpty();
              }
            }),
        new Statement(
            "it is called with upstream.tls-certificate and upstream.tls-key",
            () ->
                works(
                    true,
                    trusting(
                        "--upstream.tls-certificate=" + folder.resolve("gateway.crt"),
                        "--upstream.tls-key=" + folder.resolve("gateway.key")))),
        new Statement(
            "it is called with upstream.tls-keystore",
            () ->
                works(
                    true,
                    trusting(
                        "--upstream.tls-keystore=" + folder.resolve("gateway.p12"),
                        "--upstream.tls-keystore-password=" + PASSWORD))));
  }

  private void works(boolean shown, List<String> flags) throws Exception {
    try (var api = new TlsApi(authority.server(here), shown);
        var stand = stand(api, flags)) {
      var http = stand.http();
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

  private void isRefused(Issued shown, List<String> flags, String told) throws Exception {
    try (var api = new TlsApi(authority.server(shown), false);
        var stand = stand(api, flags)) {
      assertThat(fails(stand).errorMessage())
          .startsWith("Upstream not reached")
          .contains("TLS with 127.0.0.1:", told);
      assertThat(api.callers()).isEmpty();
    }
  }

  private static BackgroundRequestStateDto fails(TestGateway stand) throws Exception {
    var http = stand.http();
    var state = http.awaitEnd(http.beginWith("POST", "/background", "in the background"));
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    assertThat(state.status()).isEqualTo(Status.FAILED);
    assertThat(state.attempt()).isEqualTo(1);
    http.post("/proxied", "passed on").assertProblem(502, "upstream-unreachable");
    return state;
  }

  private static TestGateway stand(TlsApi api, List<String> flags) {
    var all = new ArrayList<>(flags);
    all.add("--upstream.url=" + api.url());
    all.add("--execution.max-attempts=1");
    return TestGateway.withFlags(all, "");
  }

  private List<String> trusting(String... more) {
    var flags = new ArrayList<>(List.of("--upstream.tls-ca=" + trust()));
    flags.addAll(List.of(more));
    return flags;
  }

  private Path trust() {
    return folder.resolve("authority.crt");
  }
}
