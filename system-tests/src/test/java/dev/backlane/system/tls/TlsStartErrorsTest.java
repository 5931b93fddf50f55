package dev.backlane.system.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.certificates.CertificateAuthority;
import dev.backlane.system.support.certificates.CertificateAuthority.Issued;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// CONTRACT 3: the errors of a gateway whose TLS files or settings are invalid.
@Timeout(120)
final class TlsStartErrorsTest {
  private static final String PASSWORD = "opens-the-file-Hn6";
  private static final String WRONG = "opens-nothing-Vb3";

  @TempDir private static Path folder;

  private static Issued right;
  private static Path certificate;
  private static Path key;
  private static Path otherKey;
  private static Path keystore;

  @BeforeAll
  static void writeFiles() throws Exception {
    var authority = new CertificateAuthority(folder);
    right = authority.issue("right", "EC", "ip:127.0.0.1");
    var other = authority.issue("other", "EC", "ip:127.0.0.1");
    certificate = folder.resolve("tls.crt");
    key = folder.resolve("tls.key");
    otherKey = folder.resolve("other.key");
    keystore = folder.resolve("tls.p12");
    right.write(certificate, key);
    other.write(folder.resolve("other.crt"), otherKey);
    right.write(keystore, PASSWORD);
  }

  @Nested
  final class Pem {
    private final Path missing = folder.resolve("none.crt");

    @Test
    @DisplayName("a missing certificate: the error names the file")
    void namesMissingCertificate() throws Exception {
      assertRefused(pem(missing, key), missing + " cannot be read; give the path of a file");
    }

    @Test
    @DisplayName("a missing key: the error names the file")
    void namesMissingKey() throws Exception {
      assertRefused(pem(certificate, missing), missing + " cannot be read; give the path");
    }

    @Test
    @DisplayName("a directory instead of a certificate: the error names it")
    void namesDirectoryAsCertificate() throws Exception {
      assertRefused(pem(folder, key), folder + " cannot be read; give the path of a file");
    }

    @Test
    @DisplayName("a directory instead of a key: the error names it")
    void namesDirectoryAsKey() throws Exception {
      assertRefused(pem(certificate, folder), folder + " cannot be read; give the path of a file");
    }

    @Test
    @DisplayName("the key of another certificate: the error names both files")
    void namesKeyOfOtherCertificate() throws Exception {
      assertRefused(
          pem(certificate, otherKey),
          "the key in " + otherKey + " does not match the certificate in " + certificate);
    }

    @Test
    @DisplayName("a certificate that is not PEM: the error names the file")
    void namesCertificateThatIsNotPem() throws Exception {
      var junk = Files.writeString(folder.resolve("junk.crt"), "some text\n");
      assertRefused(pem(junk, key), junk + " holds no certificate in PEM");
    }

    @Test
    @DisplayName("PEM that contains no certificate: the error names the file")
    void namesPemWithoutCertificate() throws Exception {
      var junk =
          Files.writeString(
              folder.resolve("hollow.crt"),
              "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n");
      assertRefused(pem(junk, key), junk + " holds no certificate in PEM");
    }

    @Test
    @DisplayName("a truncated key: the error names the file and shows none of its content")
    void namesTruncatedKey() throws Exception {
      var text = Files.readString(key, US_ASCII);
      var cut = Files.writeString(folder.resolve("cut.key"), text.substring(0, text.length() / 2));
      var ended =
          assertRefused(pem(certificate, cut), cut + " holds no private key of RSA or EC in PEM");
      assertThat(ended.err()).noneMatch(line -> line.contains(text.lines().toList().get(1)));
    }

    @Test
    @DisplayName("authorities of the upstream that are not PEM: the error names the file")
    void namesAuthoritiesThatAreNotPem() throws Exception {
      var junk = Files.writeString(folder.resolve("junk-ca.crt"), "some text\n");
      assertRefused(List.of("--upstream.tls-ca=" + junk), junk + " holds no certificate in PEM");
    }
  }

  @Nested
  final class Pkcs12 {
    @Test
    @DisplayName("a wrong keystore password: the error names the file")
    void namesKeystoreOfWrongPassword() throws Exception {
      assertRefused(
          pkcs12(keystore, WRONG), keystore + " is not a PKCS#12 file, or has another password");
    }

    @Test
    @DisplayName("an invalid keystore: the error names the file")
    void namesInvalidKeystore() throws Exception {
      assertRefused(pkcs12(key, PASSWORD), key + " is not a PKCS#12 file, or has another");
    }

    @Test
    @DisplayName("a keystore without a key: the error names the file")
    void namesKeystoreWithoutKey() throws Exception {
      var keyless = KeyStore.getInstance("PKCS12");
      keyless.load(null, new char[0]);
      keyless.setCertificateEntry("alone", right.chain().getFirst());
      var file = folder.resolve("keyless.p12");
      try (var out = Files.newOutputStream(file)) {
        keyless.store(out, PASSWORD.toCharArray());
      }
      assertRefused(pkcs12(file, PASSWORD), file + " holds no private key");
    }

    @Test
    @DisplayName("a truncated keystore: the error names the file")
    void namesTruncatedKeystore() throws Exception {
      byte[] whole = Files.readAllBytes(keystore);
      var cut = Files.write(folder.resolve("cut.p12"), Arrays.copyOf(whole, whole.length / 2));
      assertRefused(pkcs12(cut, PASSWORD), cut + " is not a PKCS#12 file, or has another");
    }
  }

  @Nested
  final class Settings {
    @Test
    @DisplayName("serve and check-config refuse a certificate without a key")
    void requiresKeyForCertificate() throws Exception {
      assertInvalidSettings(
          "{ port: 0, tls-certificate: '" + certificate + "' }",
          "server.tls-key: is not set, but server.tls-certificate is");
    }

    @Test
    @DisplayName("serve and check-config refuse a key without a certificate")
    void requiresCertificateForKey() throws Exception {
      assertInvalidSettings(
          "{ port: 0, tls-key: '" + key + "' }",
          "server.tls-certificate: is not set, but server.tls-key is");
    }

    @Test
    @DisplayName("serve and check-config refuse a keystore without a password")
    void requiresPasswordForKeystore() throws Exception {
      assertInvalidSettings(
          "{ port: 0, tls-keystore: '" + keystore + "' }",
          "server.tls-keystore-password: is not set, but server.tls-keystore is");
    }

    @Test
    @DisplayName("serve and check-config refuse PEM files together with a keystore")
    void refusesPemAndKeystore() throws Exception {
      assertInvalidSettings(
          "{ port: 0, tls-certificate: '%s', tls-key: '%s', tls-keystore: '%s', tls-keystore-password: '%s' }"
              .formatted(certificate, key, keystore, PASSWORD),
          "server.tls-keystore: is set, and so is server.tls-certificate",
          "keep one of the two");
    }
  }

  private void assertInvalidSettings(String server, String... texts) throws Exception {
    var file =
        Files.writeString(
            Files.createTempFile(folder, "config", ".yaml"),
            """
            server: %s
            upstream: { url: "http://127.0.0.1:9" }
            auth: { mode: none }
            store: { path: "%s" }
            """
                .formatted(server, folder.resolve("data-of-none")),
            UTF_8);
    assertReadable(GatewayProcess.run("check-config", file.toString()), texts);
    assertReadable(GatewayProcess.run("serve", "--config", file.toString()), texts);
  }

  private Ended assertRefused(List<String> flags, String... texts) throws Exception {
    var arguments =
        new ArrayList<>(
            List.of("serve", "--port=0", "--upstream=https://127.0.0.1:9", "--auth.mode=none"));
    arguments.add("--data=" + Files.createTempDirectory(folder, "data"));
    arguments.addAll(flags);
    var ended = GatewayProcess.run(arguments.toArray(String[]::new));
    assertReadable(ended, texts);
    return ended;
  }

  private static void assertReadable(Ended ended, String... texts) {
    ended.assertRefused(texts);
    assertThat(ended.err()).noneMatch(line -> line.contains(PASSWORD) || line.contains(WRONG));
  }

  private static List<String> pem(Path certificate, Path key) {
    return List.of("--server.tls-certificate=" + certificate, "--server.tls-key=" + key);
  }

  private static List<String> pkcs12(Path file, String password) {
    return List.of("--server.tls-keystore=" + file, "--server.tls-keystore-password=" + password);
  }
}
