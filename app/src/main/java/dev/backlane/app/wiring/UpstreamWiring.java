package dev.backlane.app.wiring;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.sections.CredentialsSection;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.gateway.connect.HostAddresses;
import dev.backlane.gateway.credentials.ExchangedCredentials;
import dev.backlane.gateway.credentials.ForwardedCredentials;
import dev.backlane.gateway.credentials.GatewayCredentials;
import dev.backlane.gateway.credentials.IdentityHeader;
import dev.backlane.gateway.credentials.NoCredentials;
import dev.backlane.gateway.credentials.TokenEndpoint;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.upstream.Credentials;
import dev.backlane.gateway.upstream.HttpUpstream;
import dev.backlane.gateway.upstream.UpstreamClient;
import java.time.InstantSource;
import java.util.Optional;

/// The parts that call the upstream.
///
/// ```text
/// Worker ─▶ HttpUpstream ─▶ UpstreamClient ◀─ ProxyHandler
///               └─▶ Credentials
/// ```
///
/// @param client sends proxied calls and attempts
/// @param calls sends attempts, with the credentials of background calls
record UpstreamWiring(UpstreamClient client, HttpUpstream calls) implements AutoCloseable {

  /// @param wall judges and dates tokens
  /// @param telemetry measures and traces the requests
  static UpstreamWiring of(
      LiveConfig live,
      CredentialSeal seal,
      TlsContexts tls,
      MemoryBudget memory,
      InstantSource clock,
      InstantSource wall,
      TelemetryWiring telemetry) {
    var upstream = live.get().upstream();
    var client =
        new UpstreamClient(
            upstream.url(),
            upstream.connectTimeout(),
            upstream.connectionsMax(),
            tls.upstream()::present,
            new HostAddresses(),
            telemetry.http());
    var credentials = credentials(upstream.credentials(), seal, tls.issuers(), wall);
    return new UpstreamWiring(
        client,
        new HttpUpstream(
            client,
            credentials,
            () -> live.get().limits().responseBodyBytesMax(),
            memory,
            clock,
            telemetry.tracing()));
  }

  private static Credentials credentials(
      CredentialsSection.Mode mode, CredentialSeal seal, ReloadingTls tls, InstantSource wall) {
    return switch (mode) {
      case CredentialsSection.Forward _ -> new ForwardedCredentials(seal, wall);
      case CredentialsSection.None(var secret) -> new NoCredentials(identity(secret, wall));
      case CredentialsSection.ClientCredentials(var tokens, var secret) ->
          new GatewayCredentials(
              new TokenEndpoint(tokens, tls::present), identity(secret, wall), wall);
      case CredentialsSection.TokenExchange(var tokens) ->
          new ExchangedCredentials(seal, new TokenEndpoint(tokens, tls::present), wall);
    };
  }

  private static Optional<IdentityHeader> identity(Optional<Secret> secret, InstantSource wall) {
    return secret.map(text -> new IdentityHeader(text.value(), wall));
  }

  @Override
  public void close() {
    client.close();
  }
}
