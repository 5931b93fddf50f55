package dev.backlane.gateway.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.PublicKey;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The keys of a JSON Web Key Set (RFC 7517 section 5) that can verify signatures.
///
/// Each key is read by itself: one that is malformed, weak or of an unknown type is passed over and
/// does not affect the others (RFC 7517 section 5 requires that for unknown types). Of a key, only
/// the members that identify it and its public part are read. Immutable.
public final class KeySet {
  /// The keys that are read of one set; more are passed over.
  static final int KEYS_MAX = 100;

  /// The keys that are tried for one token.
  static final int CANDIDATES_MAX = 16;

  /// The smallest modulus of RSA (RFC 7518 section 3.3).
  private static final int RSA_BITS_MIN = 2048;

  private static final int REASONS_SHOWN_MAX = 5;
  private static final int TEXT_CHARS_SHOWN_MAX = 64;

  private static final JsonMapper MAPPER = new JsonMapper();
  private static final List<String> MEMBERS =
      List.of("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y");

  /// The secret members of RSA and EC keys (RFC 7518 section 6), and of symmetric ones.
  private static final List<String> SECRETS = List.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");

  private record Verifier(JWK key, PublicKey material) {}

  private final List<Verifier> verifiers;
  private final List<String> passedOver;

  private KeySet(List<Verifier> verifiers, Set<String> passedOver) {
    this.verifiers = List.copyOf(verifiers);
    this.passedOver = List.copyOf(passedOver);
  }

  /// The document is no set of keys, or has no usable one.
  public static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    /// @param why completes a sentence that begins with the document
    UnusableException(String why) {
      super(why);
    }
  }

  /// Reads a set.
  ///
  /// @throws UnusableException if it has no usable key
  public static KeySet parse(byte[] document) throws UnusableException {
    var members = members(document);
    var verifiers = new ArrayList<Verifier>();
    var passedOver = new LinkedHashSet<String>();
    int position = 0;
    for (var member : members) {
      position++;
      if (verifiers.size() == KEYS_MAX) {
        passedOver.add("keys from number " + position + " on: more than " + KEYS_MAX);
        break;
      }
      try {
        verifiers.add(verifier(member));
      } catch (UnusableException odd) {
        passedOver.add("key " + position + name(member) + ": " + odd.getMessage());
      }
    }
    if (verifiers.isEmpty()) {
      throw new UnusableException(
          passedOver.isEmpty()
              ? "has no keys"
              : "has no usable key (" + summary(List.copyOf(passedOver)) + ")");
    }
    return new KeySet(verifiers, passedOver);
  }

  private static JsonNode members(byte[] document) throws UnusableException {
    JsonNode set;
    try {
      set = MAPPER.readTree(document);
    } catch (JacksonException malformed) {
      throw new UnusableException("is not JSON" + beginning(document));
    }
    if (set.isMissingNode()) {
      throw new UnusableException("is not JSON: it is empty");
    }
    if (!set.isObject() || !set.path("keys").isArray()) {
      throw new UnusableException("is JSON, but not a JWK set: it has no array 'keys'");
    }
    return set.path("keys");
  }

  // What is usually there instead: a page of a proxy or of a sign-in.
  static String beginning(byte[] document) {
    for (byte each : document) {
      if (each == '<') {
        return ": it is HTML or XML";
      }
      if (!Character.isWhitespace(each)) {
        return "";
      }
    }
    return ": it is empty";
  }

  private static String name(JsonNode key) {
    var kid = key.path("kid");
    return kid.isString() ? " (kid " + printable(kid.asString()) + ")" : "";
  }

  /// A text of the issuer, shortened for a log.
  static String printable(String text) {
    var shown =
        text.length() > TEXT_CHARS_SHOWN_MAX ? text.substring(0, TEXT_CHARS_SHOWN_MAX) + "…" : text;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }

  private static Verifier verifier(JsonNode member) throws UnusableException {
    if (!member.isObject()) {
      throw new UnusableException("it is not an object");
    }
    if (SECRETS.stream().anyMatch(member::has)) {
      // Any client that reads the set could sign tokens with it.
      throw new UnusableException("it has secret members");
    }
    if (member.has("key_ops") && !allowsVerification(member.path("key_ops"))) {
      throw new UnusableException("its key_ops do not include verify");
    }
    var known = new HashMap<String, Object>();
    for (var name : MEMBERS) {
      var value = member.path(name);
      if (value.isString()) {
        known.put(name, value.asString());
      } else if (!value.isMissingNode() && !value.isNull()) {
        throw new UnusableException("its " + name + " is not a text");
      }
    }
    try {
      var key = JWK.parse(known);
      if (key.getKeyUse() != null && !KeyUse.SIGNATURE.equals(key.getKeyUse())) {
        throw new UnusableException("its use is " + printable(key.getKeyUse().getValue()));
      }
      if (key.getAlgorithm() != null
          && !JWSAlgorithm.Family.SIGNATURE.contains(
              JWSAlgorithm.parse(key.getAlgorithm().getName()))) {
        throw new UnusableException("its alg is " + printable(key.getAlgorithm().getName()));
      }
      return new Verifier(key, material(key));
    } catch (ParseException | RuntimeException malformed) {
      throw new UnusableException(
          "it is malformed: " + printable(String.valueOf(malformed.getMessage())));
    }
  }

  private static boolean allowsVerification(JsonNode operations) {
    return operations.isNull()
        || operations
            .valueStream()
            .anyMatch(each -> each.isString() && each.asString().equals("verify"));
  }

  private static PublicKey material(JWK key) throws UnusableException {
    try {
      return switch (key) {
        case RSAKey rsa -> {
          var material = rsa.toRSAPublicKey();
          int bits = material.getModulus().bitLength();
          if (bits < RSA_BITS_MIN) {
            throw new UnusableException(
                "its RSA modulus has " + bits + " bits, fewer than " + RSA_BITS_MIN);
          }
          yield material;
        }
        case ECKey ec -> ec.toECPublicKey();
        default -> throw new UnusableException("its type is " + key.getKeyType());
      };
    } catch (JOSEException malformed) {
      throw new UnusableException(
          "it is malformed: " + printable(String.valueOf(malformed.getMessage())));
    }
  }

  /// The keys that a token's signature may be verified with: those with its key id, and those
  /// without an id; without a key id, all that suit the algorithm. At most [#CANDIDATES_MAX], those
  /// with the id first.
  ///
  /// @param keyId the `kid` of the token's header; null if it has none
  public List<PublicKey> candidates(JWSAlgorithm algorithm, @Nullable String keyId) {
    var named = new ArrayList<PublicKey>();
    var unnamed = new ArrayList<PublicKey>();
    for (var each : verifiers) {
      if (suits(each.key(), algorithm)) {
        if (each.key().getKeyID() == null || keyId == null) {
          unnamed.add(each.material());
        } else if (each.key().getKeyID().equals(keyId)) {
          named.add(each.material());
        }
      }
    }
    named.addAll(unnamed);
    return named.subList(0, Math.min(CANDIDATES_MAX, named.size()));
  }

  /// Whether a key has this id.
  ///
  /// @param keyId null: none has
  public boolean has(@Nullable String keyId) {
    return keyId != null && verifiers.stream().anyMatch(each -> keyId.equals(each.key.getKeyID()));
  }

  /// How many keys there are.
  int size() {
    return verifiers.size();
  }

  /// How many keys suit one of the algorithms.
  public long count(Set<String> algorithms) {
    return verifiers.stream()
        .filter(each ->
            algorithms.stream().anyMatch(name -> suits(each.key(), JWSAlgorithm.parse(name))))
        .count();
  }

  /// The keys that are not used, and why; empty if all are.
  public List<String> passedOver() {
    return passedOver;
  }

  /// The same in one line, shortened for a log.
  public String passedOverSummary() {
    return summary(passedOver);
  }

  private static String summary(List<String> reasons) {
    var shown = String.join("; ", reasons.subList(0, Math.min(REASONS_SHOWN_MAX, reasons.size())));
    int more = reasons.size() - REASONS_SHOWN_MAX;
    return more > 0 ? shown + "; and " + more + " more" : shown;
  }

  private static boolean suits(JWK key, JWSAlgorithm algorithm) {
    return key.getKeyType().equals(KeyType.forAlgorithm(algorithm))
        && (key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm))
        && (!(key instanceof ECKey ec) || Curve.forJWSAlgorithm(algorithm).contains(ec.getCurve()));
  }

  /// Whether both have the same keys.
  boolean sameAs(KeySet other) {
    return keys(this).equals(keys(other)) && passedOver.equals(other.passedOver);
  }

  private static List<Map<String, Object>> keys(KeySet set) {
    return set.verifiers.stream().map(each -> each.key().toJSONObject()).toList();
  }
}
