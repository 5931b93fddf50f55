package dev.backlane.gateway.auth;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The claims of a token, from its payload or from the response of an introspection. Numbers and
/// texts are exact: no number is rounded, names occur once, and bytes that are not UTF-8 are
/// refused instead of being replaced. Immutable.
final class TokenClaims {
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final BigDecimal SECONDS_MAX = BigDecimal.valueOf(Instant.MAX.getEpochSecond());
  private static final BigDecimal SECONDS_MIN = BigDecimal.valueOf(Instant.MIN.getEpochSecond());

  private final Map<String, Object> members;

  private TokenClaims(Map<String, Object> members) {
    this.members = members;
  }

  /// Reads a JSON object.
  ///
  /// @throws InvalidTokenException if it is none
  static TokenClaims parse(byte[] json) throws InvalidTokenException {
    try {
      Map<String, Object> members = MAPPER.readValue(json, OBJECT);
      if (members != null) {
        return new TokenClaims(members);
      }
    } catch (JacksonException malformed) {
      // The original message would quote the token.
    }
    throw new InvalidTokenException(
        "The token's claims are not a JSON object in UTF-8 with distinct names.");
  }

  /// The value of a claim; empty if it is missing or null.
  Optional<Object> find(String name) {
    return Optional.ofNullable(members.get(name));
  }

  /// The value of a claim that may be nested.
  Optional<Object> find(ClaimPath path) {
    return path.find(members);
  }

  /// The value of a claim that must be a text.
  Optional<String> text(String name) throws InvalidTokenException {
    var value = find(name);
    if (value.isPresent() && !(value.get() instanceof String)) {
      throw new InvalidTokenException("The token's claim " + name + " is not a text.");
    }
    return value.map(String.class::cast);
  }

  /// The audiences: one text or several (RFC 7519 section 4.1.3).
  Set<String> audiences() throws InvalidTokenException {
    var audiences = new LinkedHashSet<String>();
    for (Object each : find("aud").map(TokenClaims::list).orElse(List.of())) {
      if (!(each instanceof String text)) {
        throw new InvalidTokenException("The token's audience (aud) is not a text.");
      }
      audiences.add(text);
    }
    return audiences;
  }

  /// The value of a claim with a time in seconds since 1970 (RFC 7519 section 2, NumericDate), down
  /// to the second.
  Optional<Instant> time(String name) throws InvalidTokenException {
    var value = find(name);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    var seconds =
        switch (value.get()) {
          case BigDecimal fraction -> fraction;
          case BigInteger whole -> new BigDecimal(whole);
          case Integer whole -> BigDecimal.valueOf(whole);
          case Long whole -> BigDecimal.valueOf(whole);
          default -> throw new InvalidTokenException("The token's " + name + " is not a number.");
        };
    // Compared first: a number with a large exponent must not be written out.
    if (seconds.compareTo(SECONDS_MAX) >= 0) {
      return Optional.of(Instant.MAX);
    }
    if (seconds.compareTo(SECONDS_MIN) <= 0) {
      return Optional.of(Instant.MIN);
    }
    return Optional.of(Instant.ofEpochSecond(seconds.longValue()));
  }

  /// A value as a list: its items, or itself.
  static Collection<?> list(Object value) {
    return value instanceof Collection<?> many ? many : List.of(value);
  }
}
