package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.Config;
import dev.backlane.gateway.tls.TlsException;
import dev.backlane.gateway.tls.TlsFiles;
import dev.backlane.gateway.tls.TlsInspection;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/// The files of keys and certificates: readable, matching, valid now and for some time.
record TlsCheck(Config config, InstantSource clock) implements Check {
  /// Enough time for a renewal by hand. Automatic ones (ACME) renew earlier.
  static final Duration EXPIRY_WARNED = Duration.ofDays(21);

  @Override
  public void run(Findings findings) {
    check("server", config.server().tls(), findings);
    check("upstream", config.upstream().tls(), findings);
    check("webhooks", config.webhooks().tls(), findings);
    check("auth", config.issuers().tls(), findings);
  }

  private void check(String side, TlsFiles files, Findings findings) {
    try {
      if (files.identity().isPresent()) {
        identity(side, files.identity().get(), findings);
      }
      if (files.authorities().isPresent()) {
        authorities(side + ".tls-ca", files.authorities().get(), findings);
      }
    } catch (TlsException unusable) {
      findings.fail(side + ".tls: " + unusable.getMessage());
    }
  }

  private void identity(String side, TlsFiles.Identity identity, Findings findings) {
    var certificates = TlsInspection.certificates(identity);
    switch (identity) {
      case TlsFiles.Pem(var certificate, var key) -> {
        protection(side + ".tls-key", key, findings);
        validity(side + ".tls-certificate " + certificate, certificates, findings);
      }
      case TlsFiles.Pkcs12(var file, var _) -> {
        protection(side + ".tls-keystore", file, findings);
        validity(side + ".tls-keystore " + file, certificates, findings);
      }
    }
  }

  // A file with many authorities often has expired ones, which do no harm.
  private void authorities(String setting, Path file, Findings findings) {
    var authorities = TlsInspection.authorities(file);
    long valid =
        authorities.stream()
            .filter(each -> TlsInspection.expiry(each).isAfter(clock.instant()))
            .count();
    if (valid == 0) {
      findings.fail(
          setting + " " + file + " has no authority that has not expired",
          "give the certificate of the authority that is used now");
    } else {
      findings.ok(setting + " " + file + " has " + valid + " valid authorities");
    }
  }

  private static void protection(String setting, Path key, Findings findings) {
    if (Permissions.openToOthers(key)) {
      findings.warn(setting + " " + key + " can be read by other users", "run: chmod 600 " + key);
    }
  }

  private void validity(String source, List<X509Certificate> certificates, Findings findings) {
    Instant now = clock.instant();
    boolean valid = true;
    for (var certificate : certificates) {
      var name = certificate.getSubjectX500Principal().getName();
      var expiry = TlsInspection.expiry(certificate);
      if (expiry.isBefore(now)) {
        findings.fail(
            source + " has expired: " + name + " was valid until " + expiry,
            "renew it; a running gateway uses the new file within seconds");
        valid = false;
      } else if (TlsInspection.validFrom(certificate).isAfter(now)) {
        findings.fail(
            source
                + " is not valid yet: "
                + name
                + " is valid from "
                + TlsInspection.validFrom(certificate),
            "check the clock of this machine, or use another certificate");
        valid = false;
      } else if (expiry.isBefore(now.plus(EXPIRY_WARNED))) {
        findings.warn(
            source
                + " expires in "
                + Duration.between(now, expiry).toDays()
                + " days: "
                + name
                + " is valid until "
                + expiry,
            "renew it; a running gateway uses the new file within seconds");
        valid = false;
      }
    }
    if (valid) {
      findings.ok(source + " is valid until " + earliestExpiry(certificates));
    }
  }

  private static Instant earliestExpiry(List<X509Certificate> certificates) {
    return certificates.stream()
        .map(TlsInspection::expiry)
        .min(Instant::compareTo)
        .orElse(Instant.MAX);
  }
}
