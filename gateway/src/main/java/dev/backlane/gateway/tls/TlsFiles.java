package dev.backlane.gateway.tls;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The files with the keys and the trust of one side of TLS.
///
/// @param identity the certificate that this side presents; empty: none
/// @param authorities a PEM file with the authorities that the other side's certificate must chain
///     to; empty: the platform's
public record TlsFiles(Optional<Identity> identity, Optional<Path> authorities) {

  /// A private key and its certificates.
  public sealed interface Identity {}

  /// In PEM (RFC 7468).
  ///
  /// @param certificate the certificate and its intermediates, in this order
  /// @param key the private key, in PKCS#8 or PKCS#1, not encrypted
  public record Pem(Path certificate, Path key) implements Identity {}

  /// In one PKCS#12 file (RFC 7292).
  ///
  /// @param password opens the file and its key
  public record Pkcs12(Path file, String password) implements Identity {
    /// The file only.
    @Override
    public String toString() {
      return "Pkcs12[" + file + "]";
    }
  }

  /// All files that are read.
  List<Path> all() {
    var files = new ArrayList<Path>();
    identity.ifPresent(shown -> {
      switch (shown) {
        case Pem(var certificate, var key) -> files.addAll(List.of(certificate, key));
        case Pkcs12(var file, var _) -> files.add(file);
      }
    });
    authorities.ifPresent(files::add);
    return files;
  }
}
