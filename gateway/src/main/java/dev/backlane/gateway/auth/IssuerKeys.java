package dev.backlane.gateway.auth;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Builds the source of an issuer's keys.
final class IssuerKeys {
  /// How long fetched keys are used before they are fetched again.
  static final Duration FRESH_FOR = Duration.ofMinutes(5);

  // An unavailable issuer issues no tokens, so its last ones expire long before this is over.
  private static final Duration OUTAGE_MAX = Duration.ofHours(4);
  private static final Duration REFRESH_AHEAD = Duration.ofSeconds(30);
  private static final Duration REFRESH_WAIT_MAX = Duration.ofSeconds(15);
  // At most two fetches per interval, however many unknown key ids are sent.
  private static final Duration FETCH_INTERVAL = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);

  private IssuerKeys() {}

  /// A thread-safe source; to be closed if it is [java.io.Closeable]. Nothing is fetched or read
  /// before the first token needs it.
  ///
  /// @param onOutage runs whenever keys are needed that cannot be fetched, and older ones are used
  static JWKSource<SecurityContext> from(JwtSettings.Keys keys, Runnable onOutage) {
    return switch (keys) {
      case JwtSettings.KeysIn(var file) -> new KeyFile(file);
      case JwtSettings.KeysAt(var url) -> fetched(url, onOutage);
    };
  }

  private static JWKSource<SecurityContext> fetched(URI url, Runnable onOutage) {
    try {
      // The executors are given because the library's own threads would keep the process alive.
      return JWKSourceBuilder.<SecurityContext>create(url.toURL(), new IssuerClient())
          .cache(FRESH_FOR.toMillis(), REFRESH_WAIT_MAX.toMillis())
          .refreshAheadCache(
              REFRESH_AHEAD.toMillis(),
              event -> LOG.debug("keys at {}: {}", url, event.getClass().getSimpleName()),
              Executors.newVirtualThreadPerTaskExecutor(),
              true,
              Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory()),
              true)
          .rateLimited(FETCH_INTERVAL.toMillis())
          .outageTolerant(
              OUTAGE_MAX.toMillis(),
              event -> {
                LOG.warn("{} is unreachable; the keys fetched last stay in use", url);
                onOutage.run();
              })
          .retrying(true)
          .build();
    } catch (MalformedURLException impossible) {
      throw new IllegalStateException("the URL was checked before", impossible);
    }
  }
}
