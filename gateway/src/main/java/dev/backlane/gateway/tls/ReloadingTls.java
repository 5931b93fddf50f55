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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys and trust of one side of TLS, read from files and read again when these change. A file that
/// cannot be used is logged, and the previous keys and trust stay in use. Without files it is the
/// platform's trust, which is read for the first connection. Thread-safe.
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

  /// A context whose keys and trust are replaced.
  private record Lasting(
      Optional<X509ExtendedKeyManager> keys, X509ExtendedTrustManager trust, SSLContext context) {
    static Lasting of(Material first) {
      var keys = first.keys().map(KeyManagerUtils::createSwappableKeyManager);
      var trust = TrustManagerUtils.createSwappableTrustManager(first.trust());
      return new Lasting(keys, trust, ReloadingTls.context(keys, trust));
    }

    void use(Material next) {
      keys.ifPresent(each -> KeyManagerUtils.swapKeyManager(each, next.keys().orElseThrow()));
      TrustManagerUtils.swapTrustManager(trust, next.trust());
    }
  }

  /// The name or the password of another trust store of the platform may be wrong.
  private static final String TRUST_STORE = "javax.net.ssl.trustStore";

  private final TlsFiles files;
  private final Loop reads;
  private String lastWarning = "";

  /// Null until a connection needs it.
  private volatile @Nullable Material material;

  /// Guarded by this.
  private @Nullable Lasting lasting;

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
    if (!files.all().isEmpty() || System.getProperty(TRUST_STORE) != null) {
      this.material = read(digest());
    }
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

  /// Reads the files, and reads them again every 5 s from now on. The platform's trust is not read
  /// here: its many certificates take a noticeable part of the start, and may never be needed. Only
  /// a trust store that the operator has named is, so that a wrong one is reported at the start.
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
  public synchronized SSLContext lasting() {
    if (lasting == null) {
      lasting = Lasting.of(material());
    }
    return lasting.context();
  }

  /// The context for a client's next connection; a new one after each change of the files.
  public SSLContext present() {
    return material().context();
  }

  private Material material() {
    var present = material;
    return present == null ? firstMaterial() : present;
  }

  private synchronized Material firstMaterial() {
    var present = material;
    if (present == null) {
      present = read(digest());
      material = present;
    }
    return present;
  }

  private void refresh() {
    try {
      var digest = digest();
      if (!digest.equals(material().digest())) {
        use(read(digest));
        LOG.info("new TLS connections use the new keys and certificates in {}", files.all());
      }
      lastWarning = "";
    } catch (TlsException unusable) {
      warnOnce(String.valueOf(unusable.getMessage()));
    }
  }

  private synchronized void use(Material next) {
    if (lasting != null) {
      lasting.use(next);
    }
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
