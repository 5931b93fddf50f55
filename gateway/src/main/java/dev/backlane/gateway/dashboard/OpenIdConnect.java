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
import com.nimbusds.openid.connect.sdk.Prompt;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderConfigurationRequest;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import dev.backlane.gateway.auth.ClaimPath;
import dev.backlane.gateway.issuer.IssuerClient;
import dev.backlane.gateway.operator.Operator;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signs operators in at their own provider: OpenID Connect Core 1.0, authorization code with PKCE
/// (RFC 7636). Thread-safe.
public final class OpenIdConnect {
  private static final Logger LOG = LoggerFactory.getLogger(OpenIdConnect.class);

  private static final int HTTP_OK = 200;
  private static final String EMAIL = "email";

  private final Settings settings;
  private final URI callback;
  private final IssuerClient client;
  private final Duration clockTolerance;
  private final InstantSource clock;
  private volatile @Nullable OIDCProviderMetadata provider;

  /// The provider, and which of its users operate this gateway.
  ///
  /// @param claim of the ID token that decides; `email` counts only with `email_verified: true`
  /// @param values of which the claim of an operator has one
  /// @param readValues of which the claim of an operator who may only read has one
  public record Settings(
      URI issuer,
      String clientId,
      String clientSecret,
      String claim,
      Set<String> values,
      Set<String> readValues) {
    public Settings {
      values = Set.copyOf(values);
      readValues = Set.copyOf(readValues);
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
  /// @param next the page that is opened after the sign-in
  record PendingSignIn(String state, String nonce, String verifier, String next) {
    static PendingSignIn fresh(String next) {
      return new PendingSignIn(
          new State().getValue(), new Nonce().getValue(), new CodeVerifier().getValue(), next);
    }
  }

  /// The end of a sign-in.
  sealed interface Ending {
    /// The user is an operator.
    record SignedIn(Operator operator) implements Ending {}

    /// The provider signed a user in who is no operator.
    ///
    /// @param user the name of the user
    /// @param why the user is none
    record NoOperator(String user, String why) implements Ending {}

    /// The provider refused the code, or its token is not valid.
    record Unconfirmed() implements Ending {}
  }

  /// @param callback to which the provider sends the browser back
  /// @param tls keys and trusted authorities in connections to the provider
  /// @param clockTolerance the tolerated difference between its clock and ours
  /// @param clock the wall clock, by which tokens are dated
  public OpenIdConnect(
      Settings settings,
      URI callback,
      Supplier<SSLContext> tls,
      Duration clockTolerance,
      InstantSource clock) {
    this.settings = settings;
    this.callback = callback;
    this.client = new IssuerClient(tls);
    this.clockTolerance = clockTolerance;
    this.clock = clock;
  }

  /// The URI to which the browser is sent.
  ///
  /// @param otherUser whether the provider asks who the user is, although a user is signed in there
  /// @throws IOException if the provider's metadata cannot be read
  URI begin(PendingSignIn pending, boolean otherUser) throws IOException {
    var request =
        new AuthenticationRequest.Builder(
                ResponseType.CODE,
                new Scope("openid", "email"),
                new ClientID(settings.clientId()),
                callback)
            .endpointURI(provider().getAuthorizationEndpointURI())
            .state(new State(pending.state()))
            .nonce(new Nonce(pending.nonce()))
            .codeChallenge(new CodeVerifier(pending.verifier()), CodeChallengeMethod.S256);
    if (otherUser) {
      request.prompt(Prompt.Type.LOGIN);
    }
    return request.build().toURI();
  }

  /// Ends a sign-in: finds out to whom the provider issued a code.
  ///
  /// @throws IOException if the provider does not respond as specified
  Ending end(String code, PendingSignIn pending) throws IOException {
    try {
      var response = tokens(code, pending);
      if (!response.indicatesSuccess()) {
        ErrorObject refusal = response.toErrorResponse().getErrorObject();
        LOG.info("provider refused a sign-in: {}", refusal.getCode());
        return new Ending.Unconfirmed();
      }
      return ending(verified((OIDCTokenResponse) response.toSuccessResponse(), pending));
    } catch (KeySourceException unavailable) {
      throw new IOException("cannot read the provider's keys", unavailable);
    } catch (BadJOSEException | JOSEException forged) {
      LOG.warn("sign-in refused: invalid ID token: {}", forged.getMessage());
      return new Ending.Unconfirmed();
    } catch (ParseException malformed) {
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
    try {
      var claims = validator.validate(idToken, new Nonce(pending.nonce())).toJWTClaimsSet();
      requireIssuedToGateway(claims);
      return claims;
    } catch (ParseException malformed) {
      throw new BadJOSEException("a claim is malformed: " + malformed.getMessage(), malformed);
    }
  }

  /// The rest of OpenID Connect Core section 3.1.3.7, and `nbf` of RFC 7519 section 4.1.5. The
  /// validator has checked the others.
  private void requireIssuedToGateway(JWTClaimsSet claims) throws BadJOSEException {
    Object party = claims.getClaim("azp");
    boolean several = claims.getAudience().stream().distinct().count() > 1;
    if (party == null ? several : !settings.clientId().equals(party)) {
      throw new BadJOSEException(
          "its audiences are "
              + claims.getAudience()
              + ", and azp does not say that it was issued to "
              + settings.clientId());
    }
    if (claims.getSubject() == null || claims.getSubject().isBlank()) {
      throw new BadJOSEException("sub is missing");
    }
    var begin = claims.getNotBeforeTime();
    if (begin != null && begin.toInstant().isAfter(clock.instant().plus(clockTolerance))) {
      throw new BadJOSEException("it is not valid before " + begin.toInstant());
    }
  }

  /// Decides whether the user to whom a verified token was issued is an operator.
  private Ending ending(JWTClaimsSet claims) {
    var subject = claims.getSubject();
    var email = verifiedEmail(claims);
    var user = email.orElse(subject);
    if (settings.claim().equals(EMAIL) && email.isEmpty()) {
      LOG.warn(
          "sign-in refused: the ID token of {} has no email with email_verified: true; if the"
              + " provider does not verify addresses, set admin.oidc-claim to another claim",
          subject);
      return new Ending.NoOperator(user, "your provider does not state a verified email address");
    }
    if (values(claims, email).anyMatch(settings.values()::contains)) {
      return new Ending.SignedIn(new Operator(user));
    }
    if (values(claims, email).anyMatch(settings.readValues()::contains)) {
      return new Ending.SignedIn(new Operator(user, Operator.Role.READ));
    }
    LOG.warn("sign-in refused: {} is not an operator", subject);
    return new Ending.NoOperator(
        user,
        "your claim '"
            + settings.claim()
            + "' has no value of admin.oidc-values or admin.oidc-read-values");
  }

  /// The values of the claim that decides: a text, or the texts of a list. A value of another type
  /// counts as missing, since its text is not what the provider stated.
  private Stream<String> values(JWTClaimsSet claims, Optional<String> email) {
    if (settings.claim().equals(EMAIL)) {
      return email.stream();
    }
    return switch (new ClaimPath(settings.claim()).find(claims.getClaims()).orElse(null)) {
      case String one -> Stream.of(one);
      case Collection<?> many ->
          many.stream().filter(String.class::isInstance).map(String.class::cast);
      case null, default -> Stream.empty();
    };
  }

  /// The user's address, if the provider states that it is the user's. Where users can set their
  /// own, any user could set an operator's (OpenID Connect Core section 5.7).
  private static Optional<String> verifiedEmail(JWTClaimsSet claims) {
    return Boolean.TRUE.equals(claims.getClaim("email_verified"))
            && claims.getClaim(EMAIL) instanceof String email
            && !email.isBlank()
        ? Optional.of(email)
        : Optional.empty();
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
