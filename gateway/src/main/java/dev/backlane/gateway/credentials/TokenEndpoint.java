package dev.backlane.gateway.credentials;

import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import dev.backlane.gateway.http.IssuerClient;
import dev.backlane.gateway.upstream.CredentialsException;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the gateway, as an OAuth2 client of its own, gets tokens (RFC 6749 section 3.2). Thread-safe.
public final class TokenEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(TokenEndpoint.class);
  private static final int SERVER_ERROR = 500;
  private static final int TOO_MANY_REQUESTS = 429;

  private final Settings settings;
  private final IssuerClient client = new IssuerClient();

  /// How the gateway introduces itself there.
  ///
  /// @param scope asked for; empty: what the server gives by default
  /// @param audience asked for as the parameter `audience`; empty: none
  public record Settings(
      URI url,
      String clientId,
      String clientSecret,
      Optional<String> scope,
      Optional<String> audience) {
    /// Without the secret.
    @Override
    public String toString() {
      return "Settings[" + url + ", " + clientId + "]";
    }
  }

  public TokenEndpoint(Settings settings) {
    this.settings = settings;
  }

  /// Asks for a token.
  ///
  /// @throws CredentialsException if none is given: for good where the server refuses the grant, for now where it is away
  AccessToken token(AuthorizationGrant grant) throws CredentialsException {
    try {
      var response = request(grant).toHTTPRequest().send(client);
      if (response.getStatusCode() >= SERVER_ERROR
          || response.getStatusCode() == TOO_MANY_REQUESTS) {
        throw away("it answered " + response.getStatusCode());
      }
      var token = TokenResponse.parse(response);
      if (!token.indicatesSuccess()) {
        throw refused(token.toErrorResponse().getErrorObject());
      }
      return token.toSuccessResponse().getTokens().getAccessToken();
    } catch (IOException failed) {
      throw away("it cannot be reached");
    } catch (ParseException malformed) {
      throw away("its answer is no token response");
    }
  }

  private TokenRequest request(AuthorizationGrant grant) {
    var self =
        new ClientSecretBasic(
            new ClientID(settings.clientId()), new Secret(settings.clientSecret()));
    var request = new TokenRequest.Builder(settings.url(), self, grant);
    settings.scope().ifPresent(scope -> request.scope(Scope.parse(scope)));
    settings.audience().ifPresent(audience -> request.customParameter("audience", audience));
    return request.build();
  }

  private CredentialsException away(String why) {
    LOG.warn("no token from {}: {}", settings.url(), why);
    return new CredentialsException("the gateway's token endpoint gave no token: " + why, true);
  }

  private CredentialsException refused(ErrorObject error) {
    LOG.warn("no token from {}: {} {}", settings.url(), error.getCode(), error.getDescription());
    return new CredentialsException(
        "The gateway's token endpoint refused a token ("
            + error.getCode()
            + "), so nothing was sent in this attempt.",
        false);
  }
}
