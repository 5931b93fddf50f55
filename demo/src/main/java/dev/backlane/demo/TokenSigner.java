package dev.backlane.demo;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Signs tokens with RS256. The keys are kept in memory. Thread-safe.
final class TokenSigner {
  private static final int KEY_BITS = 2048;
  private static final JOSEObjectType ACCESS_TOKEN = new JOSEObjectType("at+jwt");

  private volatile Keys keys = Keys.of(newKey());

  /// Replaces the signing key. The previous key stays published, older ones do not.
  synchronized void rotate() {
    keys = new Keys(newKey(), List.of(keys.signing));
  }

  /// The public keys (RFC 7517 section 5), as JSON.
  String publicKeys() {
    return keys.published().toString(true);
  }

  String sign(JWTClaimsSet claims) {
    RSAKey key = keys.signing;
    var header =
        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).type(ACCESS_TOKEN).build();
    var token = new SignedJWT(header, claims);
    try {
      token.sign(new RSASSASigner(key));
    } catch (JOSEException impossible) {
      throw new IllegalStateException("a generated key must be able to sign", impossible);
    }
    return token.serialize();
  }

  private static RSAKey newKey() {
    try {
      return new RSAKeyGenerator(KEY_BITS)
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(JWSAlgorithm.RS256)
          .keyID(UUID.randomUUID().toString())
          .generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException("every Java platform has RSA", impossible);
    }
  }

  private record Keys(RSAKey signing, List<RSAKey> former) {
    static Keys of(RSAKey signing) {
      return new Keys(signing, List.of());
    }

    JWKSet published() {
      var all = new ArrayList<JWK>(List.of(signing));
      all.addAll(former);
      return new JWKSet(all);
    }
  }
}
