package dev.backlane.gateway.credentials;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.gateway.seal.MasterKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;

/// Identifies to the upstream the caller on whose behalf the gateway calls: `Backlane-Identity`, a
/// JWT signed with HS256 and a shared secret (RFC 7515). Thread-safe.
public final class IdentityHeader {
  /// The header's name.
  public static final String NAME = "Backlane-Identity";

  /// The shortest key that HS256 allows, in bytes (RFC 7518 section 3.2).
  public static final int SECRET_BYTES_MIN = MasterKey.KEY_BYTES;

  private static final Duration LIFETIME = Duration.ofMinutes(5);

  private final MACSigner signer;
  private final InstantSource clock;

  /// @param secret at least [#SECRET_BYTES_MIN] bytes in UTF-8
  /// @throws IllegalArgumentException if it is shorter
  public IdentityHeader(String secret, InstantSource clock) {
    this.clock = clock;
    try {
      this.signer = new MACSigner(secret.getBytes(StandardCharsets.UTF_8));
    } catch (JOSEException tooShort) {
      throw new IllegalArgumentException("the identity secret is too short", tooShort);
    }
  }

  /// The header field for one attempt of an operation.
  Header of(Operation operation) {
    var now = clock.instant();
    var caller = operation.caller();
    var claims =
        new JWTClaimsSet.Builder()
            .issuer("backlane")
            .subject(caller.subject())
            .claim("tenant_id", caller.tenant())
            .claim("client_id", caller.client())
            .jwtID(operation.id() + "." + operation.state().attempt())
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(LIFETIME)))
            .build();
    var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(signer);
    } catch (JOSEException impossible) {
      throw new IllegalStateException("HS256 cannot fail to sign", impossible);
    }
    return new Header(NAME, token.serialize());
  }
}
