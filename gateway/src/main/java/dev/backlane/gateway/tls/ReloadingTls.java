package dev.backlane.gateway.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
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

/// TLS with keys and trust from files. When one of the files changes, new connections use what it holds now; those that are
/// open go on with what they began with. What cannot be used is told in the log, and the last that could stays in use.
/// Thread-safe.
public final class ReloadingTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);

  /// How often the files are looked at: a new certificate is in use well before somebody wonders.
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(5);

  /// What a file was when it was read last.
  private record Seen(FileTime modified, long sizeBytes) {}

  private record Material(Optional<X509ExtendedKeyManager> keys, X509ExtendedTrustManager trust) {}

  private final TlsFiles files;
  private final SSLContext context;
  private final ScheduledThreadPoolExecutor looks =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("tls-files").daemon().factory());
  private Map<Path, Seen> seen;
  private volatile Material material;

  private ReloadingTls(TlsFiles files) {
    this.files = files;
    this.seen = look();
    this.material = read();
    try {
      this.context = SSLContext.getInstance("TLS");
      context.init(
          files.identity().isPresent() ? new KeyManager[] {new PresentKeys()} : null,
          new TrustManager[] {new PresentTrust()},
          null);
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

  /// For new connections; always uses what was read last.
  public SSLContext context() {
    return context;
  }

  private void refresh() {
    var now = look();
    if (now.equals(seen)) {
      return;
    }
    seen = now;
    try {
      material = read();
      LOG.info("new TLS connections use what is now in {}", files.all());
    } catch (TlsException unusable) {
      LOG.warn("TLS goes on with what it had: {}", unusable.getMessage());
    } catch (RuntimeException broken) {
      LOG.error("TLS goes on with what it had", broken);
    }
  }

  private Map<Path, Seen> look() {
    var all = new HashMap<Path, Seen>();
    for (var file : files.all()) {
      try {
        all.put(file, new Seen(Files.getLastModifiedTime(file), Files.size(file)));
      } catch (IOException gone) {
        // Files are replaced in more than one step; the reading tells if it stays away.
        LOG.debug("{} cannot be looked at", file, gone);
      }
    }
    return all;
  }

  private Material read() {
    return new Material(
        files.identity().map(TlsReader::keys), TlsReader.trust(files.authorities()));
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
