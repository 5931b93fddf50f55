package dev.backlane.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.GatewayProcess.Ended;
import dev.backlane.system.OwnAuthority.Issued;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// CONTRACT 3: what an operator reads when the files or the settings of TLS are wrong.
final class TlsStartStatements {
  private static final String PASSWORD = "opens-the-file-Hn6";
  private static final String WRONG = "opens-nothing-Vb3";

  private final Path folder;
  private final Issued right;
  private final Path certificate;
  private final Path key;
  private final Path otherKey;
  private final Path keystore;

  /// @param folder for files
  TlsStartStatements(Path folder, Issued right, Issued other) throws Exception {
    this.folder = Files.createTempDirectory(folder, "start");
    this.right = right;
    this.certificate = this.folder.resolve("tls.crt");
    this.key = this.folder.resolve("tls.key");
    this.otherKey = this.folder.resolve("other.key");
    this.keystore = this.folder.resolve("tls.p12");
    right.write(certificate, key);
    other.write(this.folder.resolve("other.crt"), otherKey);
    right.write(keystore, PASSWORD);
  }

  List<Statement> rows() {
    var rows = new ArrayList<Statement>();
    rows.addAll(inPem());
    rows.addAll(inPkcs12());
    rows.addAll(settings());
    return rows;
  }

  private List<Statement> inPem() {
    var missing = folder.resolve("none.crt");
    return List.of(
        new Statement(
            "a certificate that is not there is an error that names the file",
            () -> refused(pem(missing, key), missing + " cannot be read; give the path of a file")),
        new Statement(
            "a key that is not there is an error that names the file",
            () -> refused(pem(certificate, missing), missing + " cannot be read; give the path")),
        new Statement(
            "a directory instead of a certificate is an error that names it",
            () -> refused(pem(folder, key), folder + " cannot be read; give the path of a file")),
        new Statement(
            "a directory instead of a key is an error that names it",
            () ->
                refused(
                    pem(certificate, folder), folder + " cannot be read; give the path of a file")),
        new Statement(
            "the key of another certificate is an error that names both files",
            () ->
                refused(
                    pem(certificate, otherKey),
                    "the key in " + otherKey + " does not fit the certificate in " + certificate)),
        new Statement(
            "a certificate that is no PEM is an error that names the file",
            () -> {
              var junk = Files.writeString(folder.resolve("junk.crt"), "some text\n");
              refused(pem(junk, key), junk + " holds no certificate in PEM");
            }),
        new Statement(
            "PEM around what is no certificate is an error that names the file",
            () -> {
              var junk =
                  Files.writeString(
                      folder.resolve("hollow.crt"),
                      "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n");
              refused(pem(junk, key), junk + " holds no certificate in PEM");
            }),
        new Statement(
            "a key that is cut short is an error that names the file and shows nothing of it",
            () -> {
              var text = Files.readString(key, US_ASCII);
              var cut =
                  Files.writeString(
                      folder.resolve("cut.key"), text.substring(0, text.length() / 2));
              var ended =
                  refused(pem(certificate, cut), cut + " holds no private key of RSA or EC in PEM");
              assertThat(ended.err())
                  .noneMatch(line -> line.contains(text.lines().toList().get(1)));
            }),
        new Statement(
            "authorities of the upstream that are no PEM are an error that names the file",
            () -> {
              var junk = Files.writeString(folder.resolve("junk-ca.crt"), "some text\n");
              refused(List.of("--upstream.tls-ca=" + junk), junk + " holds no certificate in PEM");
            }));
  }

  private List<Statement> inPkcs12() {
    return List.of(
        new Statement(
            "a wrong password of a keystore is an error that names the file",
            () ->
                refused(
                    pkcs12(keystore, WRONG),
                    keystore + " is not a PKCS#12 file, or has another password")),
        new Statement(
            "a keystore that is none is an error that names the file",
            () -> refused(pkcs12(key, PASSWORD), key + " is not a PKCS#12 file, or has another")),
        new Statement(
            "a keystore of certificates alone is an error that names the file",
            () -> {
              var keyless = KeyStore.getInstance("PKCS12");
              keyless.load(null, new char[0]);
              keyless.setCertificateEntry("alone", right.chain().getFirst());
              var file = folder.resolve("keyless.p12");
              try (var out = Files.newOutputStream(file)) {
                keyless.store(out, PASSWORD.toCharArray());
              }
              refused(pkcs12(file, PASSWORD), file + " holds no private key");
            }),
        new Statement(
            "a keystore that is cut short is an error that names the file",
            () -> {
              byte[] whole = Files.readAllBytes(keystore);
              var cut =
                  Files.write(folder.resolve("cut.p12"), Arrays.copyOf(whole, whole.length / 2));
              refused(pkcs12(cut, PASSWORD), cut + " is not a PKCS#12 file, or has another");
            }));
  }

  private List<Statement> settings() {
    return List.of(
        new Statement(
            "a certificate without a key is an error, in serve and in check-config",
            () ->
                invalid(
                    "{ port: 0, tls-certificate: '" + certificate + "' }",
                    "server.tls-key: is not set, and server.tls-certificate is")),
        new Statement(
            "a key without a certificate is an error, in serve and in check-config",
            () ->
                invalid(
                    "{ port: 0, tls-key: '" + key + "' }",
                    "server.tls-certificate: is not set, and server.tls-key is")),
        new Statement(
            "a keystore without a password is an error, in serve and in check-config",
            () ->
                invalid(
                    "{ port: 0, tls-keystore: '" + keystore + "' }",
                    "server.tls-keystore-password: is not set, and server.tls-keystore is")),
        new Statement(
            "PEM and a keystore at once are an error, in serve and in check-config",
            () ->
                invalid(
                    "{ port: 0, tls-certificate: '%s', tls-key: '%s', tls-keystore: '%s', tls-keystore-password: '%s' }"
                        .formatted(certificate, key, keystore, PASSWORD),
                    "server.tls-keystore: is set, and so is server.tls-certificate",
                    "keep one of the two")));
  }

  private void invalid(String server, String... told) throws Exception {
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
    isReadable(GatewayProcess.run("check-config", file.toString()), told);
    isReadable(GatewayProcess.run("serve", "--config", file.toString()), told);
  }

  private Ended refused(List<String> flags, String... told) throws Exception {
    var arguments =
        new ArrayList<>(
            List.of("serve", "--port=0", "--upstream=https://127.0.0.1:9", "--auth.mode=none"));
    arguments.add("--data=" + Files.createTempDirectory(folder, "data"));
    arguments.addAll(flags);
    var ended = GatewayProcess.run(arguments.toArray(String[]::new));
    isReadable(ended, told);
    return ended;
  }

  private static void isReadable(Ended ended, String... told) {
    CommandStatements.refused(ended, told);
    assertThat(ended.err()).noneMatch(line -> line.contains(PASSWORD) || line.contains(WRONG));
  }

  private static List<String> pem(Path certificate, Path key) {
    return List.of("--server.tls-certificate=" + certificate, "--server.tls-key=" + key);
  }

  private static List<String> pkcs12(Path file, String password) {
    return List.of("--server.tls-keystore=" + file, "--server.tls-keystore-password=" + password);
  }
}
