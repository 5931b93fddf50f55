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
import dev.backlane.gateway.issuer.IssuerClient;
import dev.backlane.gateway.upstream.CredentialsException;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The OAuth2 token endpoint that the gateway calls with its own client id (RFC 6749 section 3.2).
/// Thread-safe.
public final class TokenEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(TokenEndpoint.class);
  private static final int SERVER_ERROR = 500;
  private static final int TOO_MANY_REQUESTS = 429;

  private final Settings settings;
  private final IssuerClient client;

  /// How the gateway authenticates there.
  ///
  /// @param scope requested scope; empty: the server's default
  /// @param audience value of the parameter `audience`; empty: not sent
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

  /// @param tls keys and trusted authorities in connections to the endpoint
  public TokenEndpoint(Settings settings, Supplier<SSLContext> tls) {
    this.settings = settings;
    this.client = new IssuerClient(tls);
  }

  /// Requests a token.
  ///
  /// @throws CredentialsException if there is none: permanent if the server refuses the grant,
  ///     temporary if it is unavailable
  AccessToken token(AuthorizationGrant grant) throws CredentialsException {
    try {
      var response = request(grant).toHTTPRequest().send(client);
      if (response.getStatusCode() >= SERVER_ERROR
          || response.getStatusCode() == TOO_MANY_REQUESTS) {
        throw unavailable("it responded " + response.getStatusCode());
      }
      var token = TokenResponse.parse(response);
      if (!token.indicatesSuccess()) {
        throw refused(token.toErrorResponse().getErrorObject());
      }
      return token.toSuccessResponse().getTokens().getAccessToken();
    } catch (IOException failed) {
      throw unavailable("it is unreachable");
    } catch (ParseException malformed) {
      throw unavailable("its response is not a token response");
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

  private CredentialsException unavailable(String why) {
    LOG.warn("no token from {}: {}", settings.url(), why);
    return new CredentialsException("the gateway's token endpoint returned no token: " + why, true);
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
