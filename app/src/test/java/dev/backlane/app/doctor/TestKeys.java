package dev.backlane.app.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Self-signed certificates with new keys, in PEM, from `keytool` of the running JDK.
final class TestKeys {
  private static final String PASSWORD = "of-a-test";

  private final Path folder;

  TestKeys(Path folder) {
    this.folder = folder;
  }

  /// A certificate and its key.
  record Pair(Path certificate, Path key) {}

  /// @param starts when the certificate begins to be valid, such as `-3d`
  Pair pair(String name, String starts, int days)
      throws IOException, InterruptedException, GeneralSecurityException {
    var store = folder.resolve(name + ".p12");
    var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    var process =
        new ProcessBuilder(
                List.of(
                    keytool,
                    "-genkeypair",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    PASSWORD,
                    "-alias",
                    "key",
                    "-keyalg",
                    "EC",
                    "-startdate",
                    starts,
                    "-validity",
                    Integer.toString(days),
                    "-dname",
                    "CN=" + name))
            .inheritIO()
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("keytool did not make a key");
    }
    var keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    var certificate = folder.resolve(name + ".crt");
    var key = folder.resolve(name + ".key");
    write(certificate, "CERTIFICATE", keys.getCertificate("key").getEncoded());
    write(key, "PRIVATE KEY", keys.getKey("key", PASSWORD.toCharArray()).getEncoded());
    return new Pair(certificate, key);
  }

  private static void write(Path file, String label, byte[] content) throws IOException {
    var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, lines, label));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
