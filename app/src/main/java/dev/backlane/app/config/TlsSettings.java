package dev.backlane.app.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The settings of TLS, which are the same wherever it is spoken.
///
/// @param authorities empty where nobody is asked for a certificate
record TlsSettings(
    Setting<Path> certificate,
    Setting<Path> key,
    Setting<Path> keystore,
    Setting<Secret> keystorePassword,
    Optional<Setting<Path>> authorities) {
  static final TlsSettings SERVER =
      new TlsSettings(
          file(
              "server.tls-certificate",
              "a file in PEM",
              "The gateway's certificate, and those between it and its authority. With it, or with server.tls-keystore, the"
                  + " gateway speaks HTTPS alone. A changed file is used within seconds, without a restart."),
          file("server.tls-key", "a file in PEM", "The certificate's private key."),
          file(
              "server.tls-keystore",
              "a file in PKCS#12",
              "Key and certificate in one file, instead of the two above."),
          password("server.tls-keystore-password"),
          Optional.empty());
  static final TlsSettings UPSTREAM = ofClient("upstream", "the upstream");
  static final TlsSettings WEBHOOKS = ofClient("webhooks", "receivers of notifications");

  private static TlsSettings ofClient(String section, String other) {
    return new TlsSettings(
        file(
            section + ".tls-certificate",
            "a file in PEM",
            "The certificate that the gateway shows to "
                + other
                + " (mutual TLS). Left out: none."),
        file(section + ".tls-key", "a file in PEM", "The certificate's private key."),
        file(
            section + ".tls-keystore",
            "a file in PKCS#12",
            "Key and certificate in one file, instead of the two above."),
        password(section + ".tls-keystore-password"),
        Optional.of(
            file(
                section + ".tls-ca",
                "a file in PEM",
                "The authorities that certificates of "
                    + other
                    + " must stand on. Left out: those that the platform trusts.")));
  }

  private static Setting<Path> file(String key, String expected, String description) {
    return Setting.of(key, Types.path("the path of " + expected), description);
  }

  private static Setting<Secret> password(String key) {
    return Setting.of(key, Types.secret("the password of the file"), "Opens the file and its key.");
  }

  List<Setting<?>> all() {
    return Stream.concat(
            Stream.<Setting<?>>of(certificate, key, keystore, keystorePassword),
            authorities.stream())
        .toList();
  }

  /// Tells the problems of settings that each are right by themselves.
  void check(Values values, Problems problems) {
    boolean pem = values.isGiven(certificate) || values.isGiven(key);
    if (pem) {
      requireBoth(certificate, key, values, problems);
    }
    if (values.isGiven(keystore) || values.isGiven(keystorePassword)) {
      requireBoth(keystore, keystorePassword, values, problems);
    }
    if (pem && values.isGiven(keystore)) {
      problems.add(
          values.origin(keystore),
          keystore.key(),
          "is set, and so is " + certificate.key(),
          "keep one of the two");
    }
  }

  private static void requireBoth(
      Setting<?> one, Setting<?> other, Values values, Problems problems) {
    for (var setting : List.of(one, other)) {
      if (!values.isGiven(setting)) {
        problems.add(
            values.origin(setting),
            setting.key(),
            "is not set, and " + (setting.equals(one) ? other : one).key() + " is",
            "give " + setting.type().expected());
      }
    }
  }

  /// Puts values that have passed every check into a record.
  TlsConfig config(Values values) {
    Optional<TlsConfig.Identity> pem =
        values.find(certificate).map(file -> new TlsConfig.Identity.Pem(file, values.get(key)));
    Optional<TlsConfig.Identity> pkcs12 =
        values
            .find(keystore)
            .map(file -> new TlsConfig.Identity.Pkcs12(file, values.get(keystorePassword)));
    return new TlsConfig(pem.or(() -> pkcs12), authorities.flatMap(values::find));
  }
}
