package dev.backlane.system.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.CertificateAuthority;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.TlsApi;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/// TLS towards receivers: whom the gateway trusts, and what it shows.
final class ReceiverTlsStatements {
  private final CertificateAuthority authority;
  private final TestGateway plain;
  private final Path trust;
  private final Path certificate;
  private final Path key;

  /// @param folder for files
  /// @param plain with [DeliveryAttemptStatements#SETTINGS]
  ReceiverTlsStatements(Path folder, TestGateway plain) throws Exception {
    this.authority = new CertificateAuthority(folder);
    this.plain = plain;
    this.trust = authority.writeCertificate(folder.resolve("authority.crt"));
    this.certificate = folder.resolve("gateway.crt");
    this.key = folder.resolve("gateway.key");
    authority.issue("gateway", "EC", "dns:gateway.example").write(certificate, key);
  }

  List<Statement> rows() {
    return List.of(
        new Statement(
            "a receiver over https of an authority that the platform does not trust is sent nothing",
            () -> isRefused(plain, "stranger", "ip:127.0.0.1", "PKIX path building failed")),
        new Statement(
            "with webhooks.tls-ca it is notified, unless its certificate is another host's; and it sees the gateway's",
            this::isTrusted));
  }

  private void isTrusted() throws Exception {
    var flags =
        List.of(
            "--webhooks.tls-ca=" + trust,
            "--webhooks.tls-certificate=" + certificate,
            "--webhooks.tls-key=" + key);
    var here = authority.issue("receiver", "EC", "ip:127.0.0.1");
    try (var stand =
            TestGateway.withFlags(
                flags, AdminClient.SETTINGS + DeliveryAttemptStatements.SETTINGS);
        var receiver = new TlsApi(authority.server(here), true);
        var party = new NotifiedClient(stand, "over-tls")) {
      var id = party.call(receiver.url() + "/hook");
      assertThat(party.operator().awaitDelivery(id, "delivered").statusCodes())
          .containsExactly(200);
      assertThat(receiver.callers()).containsExactly("CN=gateway");
      party.operator().awaitDelivery(party.call(), "delivered");
      isRefused(stand, "elsewhere", "dns:elsewhere.example,ip:192.0.2.1", "127.0.0.1");
    }
  }

  private void isRefused(TestGateway stand, String name, String certifiedFor, String told)
      throws Exception {
    var shown = authority.issue(name, "EC", certifiedFor);
    try (var receiver = new TlsApi(authority.server(shown), false);
        var party = new NotifiedClient(stand, "over-bad-tls")) {
      var id = party.call(receiver.url() + "/hook");
      var delivery = party.operator().awaitDelivery(id, "failed");
      assertThat(delivery.statusCodes())
          .isEqualTo(Collections.nCopies(DeliveryAttemptStatements.ATTEMPTS, 0));
      assertThat(delivery.attempts())
          .allSatisfy(attempt -> assertThat(attempt.detail()).contains(told));
      assertThat(receiver.callers()).isEmpty();
    }
  }
}
