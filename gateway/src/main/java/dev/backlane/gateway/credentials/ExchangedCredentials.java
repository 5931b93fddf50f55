package dev.backlane.gateway.credentials;

import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.oauth2.sdk.token.TokenTypeURI;
import com.nimbusds.oauth2.sdk.tokenexchange.TokenExchangeGrant;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.upstream.Credentials;
import dev.backlane.gateway.upstream.CredentialsException;
import java.time.InstantSource;
import java.util.List;

/// A token exchanged for the caller's (RFC 8693): `token-exchange`. Each attempt exchanges again,
/// so that the token is fresh when it is sent; the caller's own must be valid until then. Cookies
/// are not sent. Thread-safe.
public final class ExchangedCredentials implements Credentials {
  private final CredentialSeal seal;
  private final TokenEndpoint endpoint;
  private final InstantSource clock;

  public ExchangedCredentials(CredentialSeal seal, TokenEndpoint endpoint, InstantSource clock) {
    this.seal = seal;
    this.endpoint = endpoint;
    this.clock = clock;
  }

  @Override
  public List<Header> of(Operation operation) throws CredentialsException {
    var token =
        CallerToken.in(seal.open(operation.credentials(), operation.id()))
            .orElseThrow(() ->
                new CredentialsException(
                    "The call came without a bearer token that could be exchanged; nothing was sent.",
                    false));
    CallerToken.requireFresh(token, clock.instant());
    var grant = new TokenExchangeGrant(new BearerAccessToken(token), TokenTypeURI.ACCESS_TOKEN);
    return List.of(new Header("Authorization", endpoint.token(grant).toAuthorizationHeader()));
  }
}
