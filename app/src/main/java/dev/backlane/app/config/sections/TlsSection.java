package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.tls.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The `tls-` settings of the sections `server`, `upstream` and `webhooks`.
///
/// @param authorities the setting of trusted authorities; empty if certificates of the other side
///     are not verified
record TlsSection(
    Setting<Path> certificate,
    Setting<Path> key,
    Setting<Path> keystore,
    Setting<Secret> keystorePassword,
    Optional<Setting<Path>> authorities) {

  /// Declares the settings of the side that accepts connections.
  static TlsSection ofServer(Section section) {
    return of(
        section,
        "server",
        "The gateway's certificate, followed by its intermediate certificates. With it, or with"
            + " server.tls-keystore, the gateway accepts HTTPS only. A changed file is used within"
            + " seconds, without a restart.",
        Optional.empty());
  }

  /// Declares the settings of a side that opens connections.
  ///
  /// @param key the first part of the keys: `upstream`
  /// @param other the other side, as part of a sentence
  static TlsSection ofClient(Section section, String key, String other) {
    return of(
        section,
        key,
        "The certificate that the gateway presents to " + other + " (mutual TLS). If unset, none.",
        Optional.of(
            "The certificate authorities of "
                + other
                + ". If unset, those that the platform trusts."));
  }

  private static TlsSection of(
      Section section, String key, String certificate, Optional<String> authorities) {
    return new TlsSection(
        section.add(file(key + ".tls-certificate", "a file in PEM", certificate)),
        section.add(file(key + ".tls-key", "a file in PEM", "The certificate's private key.")),
        section.add(
            file(
                key + ".tls-keystore",
                "a file in PKCS#12",
                "Key and certificate in one file, instead of "
                    + key
                    + ".tls-certificate and "
                    + key
                    + ".tls-key.")),
        section.add(
            Setting.of(
                key + ".tls-keystore-password",
                Types.secret("the password of the file"),
                "The password of the file and of the key in it.")),
        authorities.map(text -> section.add(file(key + ".tls-ca", "a file in PEM", text))));
  }

  private static Setting<Path> file(String key, String expected, String description) {
    return Setting.of(key, Types.path("the path of " + expected), description);
  }

  List<Setting<?>> settings() {
    return Stream.concat(
            Stream.<Setting<?>>of(certificate, key, keystore, keystorePassword),
            authorities.stream())
        .toList();
  }

  void check(Values values) {
    boolean pem = values.isGiven(certificate) || values.isGiven(key);
    if (pem) {
      requireBoth(certificate, key, values);
    }
    if (values.isGiven(keystore) || values.isGiven(keystorePassword)) {
      requireBoth(keystore, keystorePassword, values);
    }
    if (pem) {
      values.refuse(keystore, "is set, and so is " + certificate.key(), "keep one of the two");
    }
  }

  private static void requireBoth(Setting<?> one, Setting<?> other, Values values) {
    values.require(one, "is not set, but " + other.key() + " is", "");
    values.require(other, "is not set, but " + one.key() + " is", "");
  }

  /// The files of values that have passed all checks.
  /// Whether a certificate or a key store is given.
  boolean hasIdentity(Values values) {
    return values.isGiven(certificate) || values.isGiven(keystore);
  }

  TlsFiles files(Values values) {
    Optional<TlsFiles.Identity> pem =
        values.find(certificate).map(file -> new TlsFiles.Pem(file, values.get(key)));
    Optional<TlsFiles.Identity> pkcs12 =
        values
            .find(keystore)
            .map(file -> new TlsFiles.Pkcs12(file, values.get(keystorePassword).value()));
    return new TlsFiles(pem.or(() -> pkcs12), authorities.flatMap(values::find));
  }
}
