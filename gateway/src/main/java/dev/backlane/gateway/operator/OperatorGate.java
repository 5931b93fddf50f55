package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.forwarding.TrustedProxies;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Loopback;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.ProblemType;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one place that compares what clients send with `admin.token`, `admin.read-token` and
/// `admin.metrics-token`: for the admin API, the dashboard's sign-in and `/metrics`. It limits
/// wrong tokens before it compares ([RefusedGuesses]), compares in constant time, and logs refusals
/// with the address of the client, never with a token. It also keeps the tokens from leaving for
/// the upstream. Thread-safe.
public final class OperatorGate {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorGate.class);

  private static final String BEARER = "Bearer ";
  private static final String BASIC = "Basic ";
  private static final Pattern SEPARATOR = Pattern.compile("[\\s,]+");

  private final Supplier<Tokens> tokens;
  private final boolean local;
  private final TrustedProxies proxies;
  private final RefusedGuesses guesses;

  /// The tokens in force.
  ///
  /// @param admin `admin.token`, for everything; empty: none is valid
  /// @param read `admin.read-token`, for everything that changes nothing; empty: none is valid
  /// @param metrics `admin.metrics-token`, for `/metrics` only; empty: none is valid
  public record Tokens(Optional<String> admin, Optional<String> read, Optional<String> metrics) {
    boolean none() {
      return admin.isEmpty() && read.isEmpty() && metrics.isEmpty();
    }

    /// Whether tokens are set, never their text.
    @Override
    public String toString() {
      return "Tokens[admin="
          + admin.isPresent()
          + ", read="
          + read.isPresent()
          + ", metrics="
          + metrics.isPresent()
          + "]";
    }
  }

  /// What a token gives access to.
  enum Door {
    ADMIN_API("/admin/v1", "Send admin.token or, to read, admin.read-token as a bearer token."),
    SIGN_IN("/ui/sign-in", "Send admin.token as a bearer token."),
    METRICS("/metrics", "Send admin.metrics-token or admin.token as a bearer token.");

    private final String path;
    private final String fix;

    Door(String path, String fix) {
      this.path = path;
      this.fix = fix;
    }

    /// A 401 response that requests the token.
    ProblemException required() {
      return new ProblemException(
          ProblemType.UNAUTHORIZED,
          "This is for the operator. " + fix,
          new Header("WWW-Authenticate", "Bearer realm=\"backlane-operator\""));
    }
  }

  /// @param tokens read for each call, since they may change
  /// @param local whether the gateway is for this machine only: its addresses and its public URLs
  ///     are loopback. Then `/metrics` needs no token while none is set
  /// @param proxies determine the address of a client
  /// @param nanoTime a monotonic clock
  public OperatorGate(
      Supplier<Tokens> tokens, boolean local, TrustedProxies proxies, LongSupplier nanoTime) {
    this.tokens = tokens;
    this.local = local;
    this.proxies = proxies;
    this.guesses = new RefusedGuesses(nanoTime);
  }

  /// Whether operators can sign in with a token: `admin.token` or `admin.read-token` is set.
  boolean hasOperatorToken() {
    return tokens.get().admin().or(() -> tokens.get().read()).isPresent();
  }

  /// The operator whose bearer token a call has; empty if it has none, or a wrong one.
  ///
  /// @throws ProblemException 429 if its client was wrong too often; nothing was compared
  Optional<Operator> operator(Call call) {
    return bearer(call).flatMap(offered -> operator(Door.ADMIN_API, offered, call));
  }

  /// The operator with a token; empty if it is a wrong one.
  ///
  /// @throws ProblemException 429 if the client was wrong too often; nothing was compared
  Optional<Operator> operator(Door door, String offered, Call call) {
    if (!opens(door, offered, call)) {
      return Optional.empty();
    }
    return Optional.of(
        same(tokens.get().admin(), offered) ? Operator.TOKEN_HOLDER : Operator.READER);
  }

  /// @throws ProblemException 401 if the call may not read `/metrics`, 429 if its client was wrong
  ///     too often
  void requireMetrics(Call call) {
    boolean open = local && tokens.get().none() && Loopback.isSender(call);
    if (!open && !bearer(call).filter(offered -> opens(Door.METRICS, offered, call)).isPresent()) {
      throw Door.METRICS.required();
    }
  }

  // A call without a token is no guess.
  private static Optional<String> bearer(Call call) {
    return call.header("Authorization")
        .filter(sent -> sent.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        .map(sent -> sent.substring(BEARER.length()).strip());
  }

  /// @throws ProblemException 429 if its client was wrong too often; nothing was compared
  private boolean opens(Door door, String offered, Call call) {
    if (offered.isEmpty()) {
      return false;
    }
    var address = proxies.of(call).client();
    return switch (guesses.check(PeerNetwork.of(address), () -> isRight(door, offered))) {
      case RefusedGuesses.Right _ -> true;
      case RefusedGuesses.Wrong wrong -> {
        LOG.warn(
            "refused {}: wrong token from {}, number {} of at most {} in a minute",
            door.path,
            address,
            wrong.count(),
            RefusedGuesses.CLIENT_MAX);
        yield false;
      }
      case RefusedGuesses.Limited limited -> {
        if (limited.first()) {
          LOG.warn(
              "refused {}: too many wrong tokens; tokens from {} are not compared for {} s",
              door.path,
              address,
              seconds(limited.left()));
        }
        throw tooMany(limited.left());
      }
    };
  }

  private boolean isRight(Door door, String offered) {
    var present = tokens.get();
    // All are always compared, so that the time does not show which one is similar.
    boolean admin = same(present.admin(), offered);
    boolean read = same(present.read(), offered);
    boolean metrics = same(present.metrics(), offered);
    return admin || read || metrics && door == Door.METRICS;
  }

  private static boolean same(Optional<String> token, String offered) {
    return token
        .filter(text -> MessageDigest.isEqual(offered.getBytes(UTF_8), text.getBytes(UTF_8)))
        .isPresent();
  }

  private static ProblemException tooMany(Duration wait) {
    return new ProblemException(
        ProblemType.RATE_LIMITED,
        "Too many wrong tokens of operators were sent. No token is compared now; try again later.",
        new Header(Headers.RETRY_AFTER, Long.toString(seconds(wait))));
  }

  /// Rounded up, so that a client that waits this long is not too early.
  private static long seconds(Duration wait) {
    return Math.max(1, wait.plusSeconds(1).minusNanos(1).toSeconds());
  }

  /// Refuses a call that has a token of operators and that would leave for the upstream, the issuer
  /// or the store, such as one with a mistyped path. Wrong tokens are not counted here, since the
  /// tokens of callers are for others to judge.
  ///
  /// @throws ProblemException 403
  public void keepTokens(Call call) {
    for (Header field : call.headers()) {
      if (field.is("Authorization") && holdsToken(field.value())) {
        LOG.warn(
            "refused a call from {}: it has a token of operators, but not their path or port",
            proxies.of(call).client());
        throw new ProblemException(
            ProblemType.FORBIDDEN,
            "This request has a token of the gateway's operators, but its path and port are not theirs; it was not"
                + " passed on. Correct the path (/admin/v1, /metrics), the port (admin.port) or the host"
                + " (admin.public-url).");
      }
    }
  }

  /// Whether credentials contain a token of operators.
  boolean holdsToken(String credentials) {
    var present = tokens.get();
    if (present.none()) {
      return false;
    }
    return SEPARATOR.splitAsStream(credentials).anyMatch(word -> isToken(present, word))
        || Arrays.stream(basic(credentials).split(":", 2)).anyMatch(part -> isToken(present, part));
  }

  private static boolean isToken(Tokens present, String text) {
    return same(present.admin(), text)
        || same(present.read(), text)
        || same(present.metrics(), text);
  }

  /// The user and the password of Basic credentials (RFC 7617); empty if there are none.
  private static String basic(String credentials) {
    if (!credentials.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
      return "";
    }
    try {
      var pair = credentials.substring(BASIC.length()).strip();
      return new String(Base64.getDecoder().decode(pair), ISO_8859_1);
    } catch (IllegalArgumentException malformed) {
      return "";
    }
  }
}
