package dev.backlane.app;

import dev.backlane.app.config.Config;
import dev.backlane.app.config.TlsConfig;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.tls.TlsException;
import dev.backlane.gateway.tls.TlsFiles;
import java.util.Optional;

/// TLS as each side of the gateway speaks it.
///
/// @param server towards clients; empty: HTTP
record TlsContexts(Optional<ReloadingTls> server, ReloadingTls upstream, ReloadingTls webhooks)
    implements AutoCloseable {

  /// @throws TlsException if a file cannot be used
  static TlsContexts of(Config config) {
    var server = config.server().tls();
    return new TlsContexts(
        server.identity().map(_ -> ReloadingTls.of(files(server))),
        ReloadingTls.of(files(config.upstream().tls())),
        ReloadingTls.of(files(config.webhooks().tls())));
  }

  private static TlsFiles files(TlsConfig tls) {
    return new TlsFiles(tls.identity().map(TlsContexts::identity), tls.authorities());
  }

  private static TlsFiles.Identity identity(TlsConfig.Identity identity) {
    return switch (identity) {
      case TlsConfig.Identity.Pem(var certificate, var key) -> new TlsFiles.Pem(certificate, key);
      case TlsConfig.Identity.Pkcs12(var file, var password) ->
          new TlsFiles.Pkcs12(file, password.value());
    };
  }

  @Override
  public void close() {
    server.ifPresent(ReloadingTls::close);
    upstream.close();
    webhooks.close();
  }
}
