package dev.backlane.system.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.certificates.CertificateAuthority;
import dev.backlane.system.support.certificates.TlsApi;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// TLS towards receivers: trusted authorities and the certificate of the gateway.
@Timeout(90)
final class ReceiverTlsTest {
  @TempDir private static Path folder;

  @RegisterExtension
  static final TestGateway plain = TestGateway.with(AdminClient.SETTINGS + DeliverySettings.YAML);

  private static CertificateAuthority authority;
  private static Path trust;
  private static Path certificate;
  private static Path key;

  @BeforeAll
  static void issueCertificates() throws Exception {
    authority = new CertificateAuthority(folder);
    trust = authority.writeCertificate(folder.resolve("authority.crt"));
    certificate = folder.resolve("gateway.crt");
    key = folder.resolve("gateway.key");
    authority.issue("gateway", "EC", "dns:gateway.example").write(certificate, key);
  }

  @Test
  @DisplayName("nothing is sent to an https receiver with a certificate of an untrusted authority")
  void sendsNothingToUntrustedReceiver() throws Exception {
    isRefused(plain, "stranger", "ip:127.0.0.1", "PKIX path building failed");
  }

  @Test
  @DisplayName(
      "with webhooks.tls-ca a receiver is notified and sees the gateway's certificate, unless its own certificate is for another host")
  void notifiesReceiverOfTrustedAuthority() throws Exception {
    var flags =
        List.of(
            "--webhooks.tls-ca=" + trust,
            "--webhooks.tls-certificate=" + certificate,
            "--webhooks.tls-key=" + key);
    var here = authority.issue("receiver", "EC", "ip:127.0.0.1");
    try (var gateway =
            TestGateway.with(AdminClient.SETTINGS + DeliverySettings.YAML).flags(flags).start();
        var receiver = new TlsApi(authority.server(here), true);
        var notified = new NotifiedClient(gateway, "over-tls")) {
      var id = notified.call(receiver.url() + "/hook");
      assertThat(notified.operator().awaitDelivery(id, "delivered").statusCodes())
          .containsExactly(200);
      assertThat(receiver.callers()).containsExactly("CN=gateway");
      notified.operator().awaitDelivery(notified.call(), "delivered");
      isRefused(gateway, "elsewhere", "dns:elsewhere.example,ip:192.0.2.1", "127.0.0.1");
    }
  }

  private static void isRefused(
      TestGateway gateway, String name, String certifiedFor, String reason) throws Exception {
    var shown = authority.issue(name, "EC", certifiedFor);
    try (var receiver = new TlsApi(authority.server(shown), false);
        var notified = new NotifiedClient(gateway, "over-bad-tls")) {
      var id = notified.call(receiver.url() + "/hook");
      var delivery = notified.operator().awaitDelivery(id, "failed");
      assertThat(delivery.statusCodes())
          .isEqualTo(Collections.nCopies(DeliverySettings.ATTEMPTS, 0));
      assertThat(delivery.attempts())
          .allSatisfy(attempt -> assertThat(attempt.detail()).contains(reason));
      assertThat(receiver.callers()).isEmpty();
    }
  }
}
