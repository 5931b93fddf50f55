package dev.backlane.gateway.tls;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import nl.altindag.ssl.util.KeyManagerUtils;
import nl.altindag.ssl.util.TrustManagerUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys and trust of one side of TLS, read from files and read again when these change. A file that
/// cannot be used is logged, and the previous keys and trust stay in use. Thread-safe.
public final class ReloadingTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);

  /// How often the files are read: a new certificate is in use within 5 s.
  private static final Duration READ_INTERVAL = Duration.ofSeconds(5);

  /// Keys and trust as read from the files, and a context made of them. A context resumes its
  /// sessions, so a client that must no longer use a key or trust an authority needs a new one.
  private record Material(
      String digest,
      Optional<X509ExtendedKeyManager> keys,
      X509ExtendedTrustManager trust,
      SSLContext context) {}

  private final TlsFiles files;
  private final Optional<X509ExtendedKeyManager> swappableKeys;
  private final X509ExtendedTrustManager swappableTrust;
  private final SSLContext lasting;
  private final Loop reads;
  private String lastWarning = "";
  private volatile Material material;

  private ReloadingTls(TlsFiles files, Threads threads) {
    this.files = files;
    this.reads =
        new Loop(
            "TLS file check",
            () -> {
              refresh();
              return Next.after(READ_INTERVAL);
            },
            Backoff.constant(READ_INTERVAL),
            threads);
    this.material = read(digest());
    this.swappableKeys = material.keys().map(KeyManagerUtils::createSwappableKeyManager);
    this.swappableTrust = TrustManagerUtils.createSwappableTrustManager(material.trust());
    this.lasting = context(swappableKeys, swappableTrust);
  }

  private static SSLContext context(
      Optional<X509ExtendedKeyManager> keys, X509ExtendedTrustManager trust) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          keys.map(each -> new KeyManager[] {each}).orElse(null), new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java has no TLS", impossible);
    }
  }

  /// Reads the files, and reads them again every 5 s from now on.
  ///
  /// @throws TlsException if one of them cannot be used
  public static ReloadingTls of(TlsFiles files, Threads threads) {
    var tls = new ReloadingTls(files, threads);
    if (!files.all().isEmpty()) {
      tls.reads.startAfter(READ_INTERVAL);
    }
    return tls;
  }

  /// The context of a server, which is set once: new connections use the keys and the trust that
  /// were read last.
  public SSLContext lasting() {
    return lasting;
  }

  /// The context for a client's next connection; a new one after each change of the files.
  public SSLContext present() {
    return material.context();
  }

  private void refresh() {
    try {
      var digest = digest();
      if (!digest.equals(material.digest())) {
        use(read(digest));
        LOG.info("new TLS connections use the new keys and certificates in {}", files.all());
      }
      lastWarning = "";
    } catch (TlsException unusable) {
      warnOnce(String.valueOf(unusable.getMessage()));
    }
  }

  private void use(Material next) {
    swappableKeys.ifPresent(
        keys -> KeyManagerUtils.swapKeyManager(keys, next.keys().orElseThrow()));
    TrustManagerUtils.swapTrustManager(swappableTrust, next.trust());
    material = next;
  }

  // The same warning every few seconds would hide the rest of the log.
  private void warnOnce(String warning) {
    if (!warning.equals(lastWarning)) {
      LOG.warn("the previous TLS keys stay in use: {}", warning);
      lastWarning = warning;
    }
  }

  /// Identifies the content of the files. Their times are not enough: a copy can preserve them.
  private String digest() {
    try {
      var sha256 = MessageDigest.getInstance("SHA-256");
      for (var file : files.all()) {
        sha256.update(TlsReader.bytes(file));
        sha256.update((byte) 0);
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private Material read(String digest) {
    var keys = files.identity().map(TlsReader::keys);
    var trust = TlsReader.trust(files.authorities());
    return new Material(digest, keys, trust, context(keys, trust));
  }

  /// Stops reading the files.
  @Override
  public void close() {
    reads.stop();
  }
}
