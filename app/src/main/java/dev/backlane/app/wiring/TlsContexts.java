package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.engine.background.Threads;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.tls.TlsException;
import java.util.Optional;

/// The TLS contexts of the listener and of outgoing connections, reloaded when their files change.
///
/// @param server the context for connections from clients; empty: the listener serves HTTP
record TlsContexts(
    Optional<ReloadingTls> server,
    ReloadingTls upstream,
    ReloadingTls webhooks,
    ReloadingTls issuers)
    implements AutoCloseable {

  /// Reads the configured files.
  ///
  /// @throws TlsException if a file cannot be used
  static TlsContexts of(Config config, Threads threads) {
    var server = config.server().tls();
    return new TlsContexts(
        server.identity().map(_ -> ReloadingTls.of(server, threads)),
        ReloadingTls.of(config.upstream().tls(), threads),
        ReloadingTls.of(config.webhooks().tls(), threads),
        ReloadingTls.of(config.issuers().tls(), threads));
  }

  @Override
  public void close() {
    server.ifPresent(ReloadingTls::close);
    upstream.close();
    webhooks.close();
    issuers.close();
  }
}
