package dev.backlane.gateway.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Reads keys and certificates. Stateless.
final class TlsReader {
  private static final byte[] TRIAL = "a trial".getBytes(StandardCharsets.US_ASCII);
  private static final Map<String, String> SIGNATURES =
      Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA");

  /// 1 MiB: four times a bundle of all public authorities.
  private static final int FILE_BYTES_MAX = 1024 * 1024;

  private TlsReader() {}

  static X509ExtendedKeyManager keys(TlsFiles.Identity identity) {
    return switch (identity) {
      case TlsFiles.Pem pem -> keys(pem);
      case TlsFiles.Pkcs12(var file, var password) -> keys(file, password.toCharArray());
    };
  }

  private static X509ExtendedKeyManager keys(TlsFiles.Pem pem) {
    var chain = certificates(pem.certificate());
    var key = privateKey(pem.key());
    requirePair(chain.getFirst(), key, pem);
    try {
      var store = empty();
      store.setKeyEntry("key", key, new char[0], chain.toArray(Certificate[]::new));
      return manager(store, new char[0]);
    } catch (GeneralSecurityException | IOException unusable) {
      throw new TlsException(
          pem.certificate()
              + " is not a chain of certificates: "
              + unusable.getMessage()
              + "; give the certificate first, then the one that signed it, and so on",
          unusable);
    }
  }

  private static PrivateKey privateKey(Path file) {
    return PemFile.of(file).privateKey().orElseThrow(() -> noKey(file));
  }

  private static TlsException noKey(Path file) {
    return new TlsException(
        file
            + " holds no private key of RSA or EC in PEM without a password; convert it with:"
            + " openssl pkcs8 -topk8 -nodes -in "
            + file);
  }

  private static void requirePair(X509Certificate certificate, PrivateKey key, TlsFiles.Pem pem) {
    var algorithm = SIGNATURES.get(key.getAlgorithm());
    if (algorithm == null || !signsFor(certificate.getPublicKey(), key, algorithm)) {
      throw new TlsException(
          "the key in "
              + pem.key()
              + " does not match the certificate in "
              + pem.certificate()
              + "; give the two files of one pair");
    }
  }

  private static boolean signsFor(PublicKey shown, PrivateKey key, String algorithm) {
    try {
      var signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(TRIAL);
      byte[] signed = signature.sign();
      signature.initVerify(shown);
      signature.update(TRIAL);
      return signature.verify(signed);
    } catch (GeneralSecurityException another) {
      return false;
    }
  }

  private static X509ExtendedKeyManager keys(Path file, char[] password) {
    try (var in = Files.newInputStream(file)) {
      var store = KeyStore.getInstance("PKCS12");
      store.load(in, password);
      if (Collections.list(store.aliases()).stream().noneMatch(name -> isKey(store, name))) {
        throw new TlsException(
            file + " holds no private key; export the certificate together with its key");
      }
      return manager(store, password);
    } catch (GeneralSecurityException | IOException unusable) {
      throw new TlsException(
          file
              + " is not a PKCS#12 file, or has another password: "
              + unusable.getMessage()
              + "; correct the file or its password",
          unusable);
    }
  }

  private static boolean isKey(KeyStore store, String name) {
    try {
      return store.isKeyEntry(name);
    } catch (GeneralSecurityException notLoaded) {
      throw new IllegalStateException("the key store was loaded", notLoaded);
    }
  }

  private static X509ExtendedKeyManager manager(KeyStore store, char[] password)
      throws GeneralSecurityException {
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
  }

  /// @param authorities a PEM file; empty: the platform's
  static X509ExtendedTrustManager trust(Optional<Path> authorities) {
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(authorities.isPresent() ? store(authorities.get()) : null);
      return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException unusable) {
      var file = authorities.map(Path::toString).orElse("the platform's trust");
      throw new TlsException(file + " cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private static @Nullable KeyStore store(Path authorities)
      throws GeneralSecurityException, IOException {
    var store = empty();
    int number = 0;
    for (var certificate : certificates(authorities)) {
      store.setCertificateEntry("authority-" + number++, certificate);
    }
    return store;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, new char[0]);
    return store;
  }

  private static List<X509Certificate> certificates(Path file) {
    try {
      var certificates = PemFile.of(file).certificates();
      if (!certificates.isEmpty()) {
        return certificates;
      }
    } catch (CertificateException malformed) {
      throw new TlsException(
          file + " holds no certificate in PEM, or a malformed one; give a file in PEM", malformed);
    }
    throw new TlsException(
        file + " holds no certificate in PEM, or a truncated one; give a file in PEM");
  }

  /// The bytes of a file.
  ///
  /// @throws TlsException if it cannot be read, or is longer than 1 MiB
  static byte[] bytes(Path file) {
    try (var in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
      if (bytes.length <= FILE_BYTES_MAX) {
        return bytes;
      }
    } catch (IOException unreadable) {
      throw new TlsException(
          file + " cannot be read; give the path of a file that this user may read", unreadable);
    }
    throw new TlsException(file + " is longer than 1 MiB");
  }
}
