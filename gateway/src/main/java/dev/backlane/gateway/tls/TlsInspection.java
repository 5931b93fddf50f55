package dev.backlane.gateway.tls;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads the certificates of TLS files, to check them. Stateless.
public final class TlsInspection {
  private TlsInspection() {}

  /// The certificate that a side presents, followed by its intermediate certificates. The key is
  /// read too and belongs to the first of them.
  ///
  /// @throws TlsException if a file cannot be used, as at the start of the gateway
  public static List<X509Certificate> certificates(TlsFiles.Identity identity) {
    var keys = TlsReader.keys(identity);
    return Stream.of("RSA", "EC")
        .flatMap(type -> Stream.ofNullable(keys.getServerAliases(type, null)))
        .flatMap(Arrays::stream)
        .findFirst()
        .map(alias -> List.of(Objects.requireNonNull(keys.getCertificateChain(alias))))
        .orElseThrow(() -> new TlsException("there is no certificate with a key of RSA or EC"));
  }

  /// The authorities in a file.
  ///
  /// @throws TlsException if the file cannot be used, as at the start of the gateway
  public static List<X509Certificate> authorities(Path file) {
    return List.of(TlsReader.trust(Optional.of(file)).getAcceptedIssuers());
  }

  /// When a certificate expires.
  public static Instant expiry(X509Certificate certificate) {
    return certificate.getNotAfter().toInstant();
  }

  /// From when a certificate is valid.
  public static Instant validFrom(X509Certificate certificate) {
    return certificate.getNotBefore().toInstant();
  }
}
