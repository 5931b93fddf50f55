package dev.backlane.client.http;

import static java.lang.System.Logger.Level.DEBUG;

import dev.backlane.client.auth.CredentialsException;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Decides when a request that failed is sent again, and when it is not. For one thread.
public final class Retries {
  private static final System.Logger LOG = System.getLogger(Retries.class.getName());
  private static final HttpHeaders NONE = HttpHeaders.of(Map.of(), (name, value) -> true);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int BAD_GATEWAY = 502;
  private static final int UNAVAILABLE = 503;
  private static final int GATEWAY_TIMEOUT = 504;

  private final Pauses pauses;
  private final Duration max;
  private final Deadline deadline;

  /// The end of the time for the failures in a row; null after a success.
  private @Nullable Deadline outage;

  /// @param deadline a pause that lasts until it is as good as a failure
  public Retries(Limits limits, Deadline deadline) {
    this.pauses = new Pauses(FIRST_PAUSE, LONGEST_PAUSE, limits.clock());
    this.max = limits.retryFor();
    this.deadline = deadline;
  }

  /// No request is sent again.
  public static Retries none() {
    return new Retries(
        new Limits(Duration.ZERO, Duration.ZERO, InstantSource.system()), Deadline.never());
  }

  /// Whether a status means that the same request may succeed later.
  public static boolean temporary(int status) {
    return switch (status) {
      case REQUEST_TIMEOUT, TOO_MANY_REQUESTS, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT -> true;
      default -> false;
    };
  }

  /// Whether a request that failed without a response may succeed later.
  public static boolean temporary(IOException failure) {
    return switch (failure) {
      case CredentialsException without -> without.temporary();
      case NoResponseException without -> !without.permanent();
      default -> true;
    };
  }

  /// As the other, for a failure without a response.
  public <E extends Exception> void pause(E failure) throws E, InterruptedException {
    pause(failure, NONE);
  }

  /// Waits until the request is sent again.
  ///
  /// @param headers of the response that reports the failure
  /// @throws E the failure, if no time is left to send the request again
  public <E extends Exception> void pause(E failure, HttpHeaders headers)
      throws E, InterruptedException {
    var pause = next(failure, headers);
    if (pause.compareTo(deadline.left()) >= 0) {
      throw failure;
    }
    deadline.pause(pause);
  }

  /// As the other, for a failure without a response.
  public <E extends Exception> Duration next(E failure) throws E {
    return next(failure, NONE);
  }

  /// The wait until the request is sent again, whatever the deadline is.
  ///
  /// @param headers of the response that reports the failure
  /// @throws E the failure, if it lasts for too long
  public <E extends Exception> Duration next(E failure, HttpHeaders headers) throws E {
    var end = outage;
    if (end == null) {
      end = Deadline.after(max);
      outage = end;
    }
    var pause = pauses.next(headers);
    if (pause.compareTo(end.left()) >= 0) {
      throw failure;
    }
    LOG.log(DEBUG, "Retrying in {0}: {1}", pause, failure.getMessage());
    return pause;
  }

  /// Reports a usable response: the next failure is the first one again.
  public void succeeded() {
    outage = null;
    pauses.reset();
  }
}
