package dev.backlane.gateway.dashboard;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderConfigurationRequest;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import dev.backlane.gateway.auth.ClaimPath;
import dev.backlane.gateway.issuer.IssuerClient;
import dev.backlane.gateway.operator.Operator;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signs operators in at their own provider: OpenID Connect Core 1.0, authorization code with PKCE
/// (RFC 7636). Thread-safe.
public final class OpenIdConnect {
  private static final Logger LOG = LoggerFactory.getLogger(OpenIdConnect.class);

  private static final int HTTP_OK = 200;

  private final Settings settings;
  private final URI callback;
  private final IssuerClient client;
  private final Duration clockTolerance;
  private volatile @Nullable OIDCProviderMetadata provider;

  /// The provider, and which of its users operate this gateway.
  ///
  /// @param claim of the ID token that decides
  /// @param values of which the claim must have one
  public record Settings(
      URI issuer, String clientId, String clientSecret, String claim, Set<String> values) {
    public Settings {
      values = Set.copyOf(values);
    }

    /// Without the secret.
    @Override
    public String toString() {
      return "Settings[" + issuer + ", " + clientId + "]";
    }
  }

  /// The state of a sign-in that has begun; stored by the browser, sealed.
  ///
  /// @param state binds the provider's response to this browser
  /// @param nonce binds the ID token to this sign-in
  /// @param verifier proves that the same client begins and ends the sign-in
  record PendingSignIn(String state, String nonce, String verifier) {
    static PendingSignIn fresh() {
      return new PendingSignIn(
          new State().getValue(), new Nonce().getValue(), new CodeVerifier().getValue());
    }
  }

  /// @param callback to which the provider sends the browser back
  /// @param tls keys and trusted authorities in connections to the provider
  /// @param clockTolerance the tolerated difference between its clock and ours
  public OpenIdConnect(
      Settings settings, URI callback, Supplier<SSLContext> tls, Duration clockTolerance) {
    this.settings = settings;
    this.callback = callback;
    this.client = new IssuerClient(tls);
    this.clockTolerance = clockTolerance;
  }

  /// The URI to which the browser is sent.
  ///
  /// @throws IOException if the provider's metadata cannot be read
  URI begin(PendingSignIn pending) throws IOException {
    return new AuthenticationRequest.Builder(
            ResponseType.CODE,
            new Scope("openid", "email"),
            new ClientID(settings.clientId()),
            callback)
        .endpointURI(provider().getAuthorizationEndpointURI())
        .state(new State(pending.state()))
        .nonce(new Nonce(pending.nonce()))
        .codeChallenge(new CodeVerifier(pending.verifier()), CodeChallengeMethod.S256)
        .build()
        .toURI();
  }

  /// The operator to whom the provider issued a code; empty if the provider refuses the code, or
  /// the user is not an operator.
  ///
  /// @throws IOException if the provider does not respond as specified
  Optional<Operator> end(String code, PendingSignIn pending) throws IOException {
    try {
      var response = tokens(code, pending);
      if (!response.indicatesSuccess()) {
        ErrorObject refusal = response.toErrorResponse().getErrorObject();
        LOG.info("provider refused a sign-in: {}", refusal.getCode());
        return Optional.empty();
      }
      var claims = verified((OIDCTokenResponse) response.toSuccessResponse(), pending);
      if (!isOperator(claims)) {
        LOG.info("sign-in refused: {} is not an operator", claims.getSubject());
        return Optional.empty();
      }
      var email = claims.getStringClaim("email");
      return Optional.of(
          new Operator(email == null || unverified(claims) ? claims.getSubject() : email));
    } catch (KeySourceException unavailable) {
      throw new IOException("cannot read the provider's keys", unavailable);
    } catch (BadJOSEException | JOSEException forged) {
      LOG.warn("sign-in refused: invalid ID token: {}", forged.getMessage());
      return Optional.empty();
    } catch (ParseException | java.text.ParseException malformed) {
      throw new IOException("the provider's response is malformed", malformed);
    }
  }

  private com.nimbusds.oauth2.sdk.TokenResponse tokens(String code, PendingSignIn pending)
      throws IOException, ParseException {
    var request =
        new TokenRequest.Builder(
                provider().getTokenEndpointURI(),
                new ClientSecretBasic(
                    new ClientID(settings.clientId()), new Secret(settings.clientSecret())),
                new AuthorizationCodeGrant(
                    new AuthorizationCode(code), callback, new CodeVerifier(pending.verifier())))
            .build()
            .toHTTPRequest();
    return OIDCTokenResponseParser.parse(request.send(client));
  }

  private JWTClaimsSet verified(OIDCTokenResponse response, PendingSignIn pending)
      throws IOException, BadJOSEException, JOSEException, ParseException {
    var idToken = response.getOIDCTokens().getIDToken();
    if (idToken == null) {
      throw new IOException("the provider's response has no ID token");
    }
    var algorithm = JWSAlgorithm.parse(idToken.getHeader().getAlgorithm().getName());
    if (!JWSAlgorithm.Family.SIGNATURE.contains(algorithm)) {
      throw new BadJOSEException("the algorithm " + algorithm + " is not accepted");
    }
    var validator =
        new IDTokenValidator(
            provider().getIssuer(),
            new ClientID(settings.clientId()),
            algorithm,
            provider().getJWKSetURI().toURL(),
            client);
    validator.setMaxClockSkew((int) clockTolerance.toSeconds());
    return validator.validate(idToken, new Nonce(pending.nonce())).toJWTClaimsSet();
  }

  private boolean isOperator(JWTClaimsSet claims) {
    if (settings.claim().equals("email") && unverified(claims)) {
      return false;
    }
    Object held = new ClaimPath(settings.claim()).find(claims.getClaims()).orElse(List.of());
    Collection<?> values = held instanceof Collection<?> many ? many : List.of(held);
    return values.stream().anyMatch(value -> settings.values().contains(String.valueOf(value)));
  }

  // If users can set their own address, any user could set an operator's (OpenID Connect Core
  // section 5.7).
  private static boolean unverified(JWTClaimsSet claims) {
    return "false".equalsIgnoreCase(String.valueOf(claims.getClaim("email_verified")));
  }

  private OIDCProviderMetadata provider() throws IOException {
    var known = provider;
    if (known != null) {
      return known;
    }
    try {
      var issuer = new Issuer(settings.issuer());
      var response = new OIDCProviderConfigurationRequest(issuer).toHTTPRequest().send(client);
      response.ensureStatusCode(HTTP_OK);
      var found = OIDCProviderMetadata.parse(response.getBodyAsJSONObject());
      // OpenID Connect Discovery section 4.3.
      if (!issuer.equals(found.getIssuer())) {
        throw new IOException(
            "the metadata of the provider " + issuer + " is that of another: " + found.getIssuer());
      }
      provider = found;
      return found;
    } catch (ParseException malformed) {
      throw new IOException(
          "cannot read the metadata of the provider " + settings.issuer(), malformed);
    }
  }
}
