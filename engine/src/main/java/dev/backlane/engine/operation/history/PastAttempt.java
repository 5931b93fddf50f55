package dev.backlane.engine.operation.history;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An attempt of an operation that is over.
///
/// @param number of the attempt, from 1; an attempt that did not reach the upstream has the number
///     of the next one
/// @param startedAt empty if it is not known, since the process that made the attempt has died
/// @param took how long it took; zero if that is not known
/// @param statusCode of the upstream's response; 0 if there was none
/// @param error why there was no response, at most [#ERROR_CHARS_MAX] characters; empty if there
///     was one
/// @param node the process that made the attempt, as in its leases
/// @param withCredentials whether the stored call had credentials of its caller, which are removed
///     at the end
public record PastAttempt(
    int number,
    Optional<Instant> startedAt,
    Duration took,
    Result result,
    int statusCode,
    String error,
    String node,
    boolean withCredentials) {

  /// How many attempts of an operation are kept: the last ones.
  public static final int KEPT_MAX = 20;

  /// The maximum length of [#error].
  public static final int ERROR_CHARS_MAX = 500;

  /// How an attempt ended. The number is part of the stored format: it never changes, and is not
  /// used again.
  public enum Result {
    /// The upstream responded.
    RESPONDED(1, "responded"),
    /// The request certainly never reached the upstream.
    NOT_SENT(2, "not-sent"),
    /// The request may have reached the upstream, and no complete response was received.
    UNKNOWN(3, "unknown"),
    /// The upstream responded, and the response could not be stored.
    UNUSABLE(4, "unusable"),
    /// It was aborted by a cancel.
    ABORTED(5, "aborted");

    private final int number;
    private final String wire;

    Result(int number, String wire) {
      this.number = number;
      this.wire = wire;
    }

    /// Its number in stored records.
    public int number() {
      return number;
    }

    /// The word for it in documents.
    public String wire() {
      return wire;
    }

    /// The result with a number; empty if there is none.
    public static Optional<Result> of(int number) {
      for (var result : values()) {
        if (result.number == number) {
          return Optional.of(result);
        }
      }
      return Optional.empty();
    }
  }

  public PastAttempt {
    error = error.length() <= ERROR_CHARS_MAX ? error : shortened(error);
  }

  // Half of a surrogate pair cannot be encoded.
  private static String shortened(String text) {
    int end = ERROR_CHARS_MAX - 1;
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
  }

  /// What is said of an attempt to which the upstream responded.
  public static String responded(int statusCode) {
    return "the upstream responded with " + statusCode;
  }

  /// Why it did not end the operation.
  public String cause() {
    return result == Result.RESPONDED ? responded(statusCode) : error;
  }

  /// Adds this attempt to the earlier ones, of which the oldest are dropped.
  public List<PastAttempt> after(List<PastAttempt> earlier) {
    var kept = new ArrayList<>(earlier);
    kept.add(this);
    return List.copyOf(kept.subList(Math.max(0, kept.size() - KEPT_MAX), kept.size()));
  }
}
