package dev.backlane.system.support.certificates;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// A certificate authority that no platform trusts. Its keys are stored in one keystore of the
/// running JDK's `keytool`. Not thread-safe.
public final class CertificateAuthority {
  private static final char[] PASSWORD = "of-an-authority".toCharArray();
  private static final String NAME = "authority";
  private static final long KEYTOOL_SECONDS_MAX = 30;

  private final Path file;

  /// Generates the authority's key.
  ///
  /// @param folder for the keystore
  public CertificateAuthority(Path folder) throws IOException, InterruptedException {
    file = Files.createTempDirectory(folder, "authority").resolve("keys.p12");
    generate(NAME, "EC", "-ext", "bc:c");
  }

  /// A key with a certificate of the authority.
  ///
  /// @param chain the certificate, then the authority's
  public record Issued(PrivateKey key, List<X509Certificate> chain) {
    /// Writes the certificates and the key to two files in PEM.
    public void write(Path certificateFile, Path keyFile)
        throws IOException, GeneralSecurityException {
      Files.write(certificateFile, certificates());
      Files.write(keyFile, pem("PRIVATE KEY", key.getEncoded()));
    }

    /// The certificates in PEM.
    byte[] certificates() throws GeneralSecurityException {
      var bytes = new ByteArrayOutputStream();
      for (var certificate : chain) {
        bytes.writeBytes(pem("CERTIFICATE", certificate.getEncoded()));
      }
      return bytes.toByteArray();
    }

    /// Writes a keystore in PKCS#12.
    public void write(Path keystore, String password) throws IOException, GeneralSecurityException {
      var bytes = new ByteArrayOutputStream();
      store(password.toCharArray()).store(bytes, password.toCharArray());
      Files.write(keystore, bytes.toByteArray());
    }

    private KeyStore store(char[] password) throws IOException, GeneralSecurityException {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, password);
      store.setKeyEntry("key", key, password, chain.toArray(Certificate[]::new));
      return store;
    }

    private KeyManager[] managers() throws IOException, GeneralSecurityException {
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store(PASSWORD), PASSWORD);
      return factory.getKeyManagers();
    }
  }

  /// Issues a certificate for a new key.
  ///
  /// @param name the common name, unique
  /// @param algorithm `EC` or `RSA`
  /// @param alternative the subject alternative name, such as `ip:127.0.0.1`
  public Issued issue(String name, String algorithm, String alternative)
      throws IOException, InterruptedException, GeneralSecurityException {
    generate(name, algorithm, "-signer", NAME, "-ext", "san=" + alternative);
    var store = store();
    var chain =
        Arrays.stream(store.getCertificateChain(name)).map(X509Certificate.class::cast).toList();
    return new Issued((PrivateKey) store.getKey(name, PASSWORD), chain);
  }

  /// Writes the authority's certificate in PEM.
  public Path writeCertificate(Path to) throws IOException, GeneralSecurityException {
    return Files.write(to, pem("CERTIFICATE", store().getCertificate(NAME).getEncoded()));
  }

  /// A client context that trusts only this authority.
  public SSLContext client() throws IOException, GeneralSecurityException {
    return context(null);
  }

  /// A server context that presents a certificate and trusts only clients of this authority.
  public SSLContext server(Issued shown) throws IOException, GeneralSecurityException {
    return context(shown.managers());
  }

  private SSLContext context(KeyManager @Nullable [] shown)
      throws IOException, GeneralSecurityException {
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry(NAME, store().getCertificate(NAME));
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(shown, factory.getTrustManagers(), null);
    return context;
  }

  private KeyStore store() throws IOException, GeneralSecurityException {
    return KeyStore.getInstance(file.toFile(), PASSWORD);
  }

  private static byte[] pem(String label, byte[] content) {
    var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, lines, label)
        .getBytes(US_ASCII);
  }

  private void generate(String name, String algorithm, String... more)
      throws IOException, InterruptedException {
    var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    var command =
        new ArrayList<>(
            List.of(
                keytool,
                "-genkeypair",
                "-keystore",
                file.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-alias",
                name,
                "-keyalg",
                algorithm,
                "-validity",
                "2",
                "-dname",
                "CN=" + name));
    command.addAll(List.of(more));
    var process = new ProcessBuilder(command).inheritIO().start();
    if (!process.waitFor(KEYTOOL_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("keytool did not make a key in " + file);
    }
  }
}
