package dev.backlane.gateway.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS with keys and trust from files. When what one of the files holds changes, new connections use it; those that are open
/// go on with what they began with. What cannot be used is told in the log and tried again, and the last that could stays in
/// use. Thread-safe.
public final class ReloadingTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);

  /// How often the files are read: a new certificate is in use well before somebody wonders.
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(5);

  /// Keys, trust, and what speaks with them. Sessions are resumed within one context, so a client that is to forget a key or
  /// an authority needs a new one.
  private record Material(
      String digest,
      Optional<X509ExtendedKeyManager> keys,
      X509ExtendedTrustManager trust,
      SSLContext context) {}

  private final TlsFiles files;
  private final SSLContext lasting;
  private final ScheduledThreadPoolExecutor looks =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("tls-files").daemon().factory());
  private String lastComplaint = "";
  private volatile Material material;

  private ReloadingTls(TlsFiles files) {
    this.files = files;
    this.material = read(digest());
    this.lasting = context(files.identity().map(_ -> new PresentKeys()), new PresentTrust());
  }

  private static SSLContext context(
      Optional<? extends X509ExtendedKeyManager> keys, X509ExtendedTrustManager trust) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          keys.map(each -> new KeyManager[] {each}).orElse(null), new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java has no TLS", impossible);
    }
  }

  /// Reads the files, and watches them from now on.
  ///
  /// @throws TlsException if one of them cannot be used
  public static ReloadingTls of(TlsFiles files) {
    var tls = new ReloadingTls(files);
    if (!files.all().isEmpty()) {
      long interval = LOOK_INTERVAL.toMillis();
      var _ =
          tls.looks.scheduleWithFixedDelay(tls::refresh, interval, interval, TimeUnit.MILLISECONDS);
    }
    return tls;
  }

  /// For a server that is given its TLS once: always uses the keys that were read last.
  public SSLContext lasting() {
    return lasting;
  }

  /// For the next connection of a client; another one after each change.
  public SSLContext present() {
    return material.context();
  }

  private void refresh() {
    try {
      var digest = digest();
      if (!digest.equals(material.digest())) {
        material = read(digest);
        LOG.info("new TLS connections use what is now in {}", files.all());
      }
      lastComplaint = "";
    } catch (TlsException unusable) {
      complain(String.valueOf(unusable.getMessage()));
    } catch (RuntimeException broken) {
      LOG.error("TLS goes on with what it had", broken);
    }
  }

  // The same again each few seconds would hide the rest of the log.
  private void complain(String complaint) {
    if (!complaint.equals(lastComplaint)) {
      LOG.warn("TLS goes on with what it had: {}", complaint);
      lastComplaint = complaint;
    }
  }

  /// Tells what the files hold apart from what they held. Their times would not: copies may keep them.
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

  /// Watches no more.
  @Override
  public void close() {
    looks.shutdownNow();
  }

  /// The keys that were read last.
  private final class PresentKeys extends X509ExtendedKeyManager {
    private X509ExtendedKeyManager keys() {
      return material.keys().orElseThrow();
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return keys().getClientAliases(keyType, issuers);
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return keys().chooseClientAlias(keyType, issuers, socket);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return keys().chooseEngineClientAlias(keyType, issuers, engine);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return keys().getServerAliases(keyType, issuers);
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return keys().chooseServerAlias(keyType, issuers, socket);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return keys().chooseEngineServerAlias(keyType, issuers, engine);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return keys().getCertificateChain(alias);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return keys().getPrivateKey(alias);
    }
  }

  /// The trust that was read last.
  private final class PresentTrust extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      material.trust().checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      material.trust().checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      material.trust().checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      material.trust().checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      material.trust().checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      material.trust().checkServerTrusted(chain, type, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return material.trust().getAcceptedIssuers();
    }
  }
}
