package dev.backlane.app.config;

import java.nio.file.Path;
import java.util.Optional;

/// Where the keys and the trust of one side of TLS lie.
///
/// @param identity what this side shows; empty: nothing
/// @param authorities a PEM file with the certificates that the other side's must stand on; empty: the platform's
public record TlsConfig(Optional<Identity> identity, Optional<Path> authorities) {
  /// A private key and its certificates.
  public sealed interface Identity {
    /// In two PEM files.
    record Pem(Path certificate, Path key) implements Identity {}

    /// In one PKCS#12 file.
    record Pkcs12(Path file, Secret password) implements Identity {}
  }
}
