package dev.backlane.client;

import dev.backlane.client.auth.CredentialsException;
import dev.backlane.client.documented.ApiException;
import dev.backlane.client.http.Deadline;
import dev.backlane.client.http.NoResponseException;
import dev.backlane.client.http.Pauses;
import dev.backlane.client.http.Retries;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.BoundedBody;
import dev.backlane.client.support.Documents.MalformedException;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Waits for the end of one operation: by long polls, or by plain polls with growing intervals if
/// the server does not know them. For one thread.
///
/// Failures of the server and of the token endpoint are waited for, as long as [Retries] permits.
final class EndWait {
  private static final int OK = 200;
  private static final int NOT_MODIFIED = 304;
  private static final int SERVER_ERRORS = 500;

  private static final Duration LONG_POLL = Duration.ofSeconds(30);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  /// How long the last request may take, which finds an end during the last pause.
  private static final Duration LAST_POLL = Duration.ofSeconds(1);

  private final Transport transport;
  private final String id;
  private final Deadline deadline;
  private final Consumer<? super OperationState> onChange;
  private final Requesting reading;
  private final Pauses polls;
  private final Retries retries;
  private @Nullable OperationState known;
  private @Nullable String etag;

  /// @param onChange called on the waiting thread with each state that differs from the one before
  EndWait(
      Transport transport,
      String id,
      Deadline deadline,
      Consumer<? super OperationState> onChange) {
    this.transport = transport;
    this.id = id;
    this.deadline = deadline;
    this.onChange = onChange;
    this.reading = Operations.reading(id);
    this.polls = new Pauses(FIRST_PAUSE, LONGEST_PAUSE, transport.limits().clock());
    this.retries = new Retries(transport.limits(), deadline);
  }

  /// Waits.
  ///
  /// @return the final state; empty if the operation has not ended in time
  /// @throws IOException if the server refuses the state, or is away for too long
  Optional<OperationState> await() throws IOException, InterruptedException {
    while (true) {
      boolean last = deadline.over();
      var pause = poll(last);
      if (known != null && known.ended()) {
        return Optional.of(known);
      }
      if (last) {
        return Optional.empty();
      }
      deadline.pause(pause);
    }
  }

  /// Reads the state.
  ///
  /// @return the pause until it is read again
  private Duration poll(boolean last) throws IOException, InterruptedException {
    var limits = transport.limits();
    var wait = Deadline.shorter(LONG_POLL, deadline.left());
    var max =
        last
            ? Deadline.shorter(LAST_POLL, limits.requestTimeout())
            : Deadline.shorter(Deadline.sum(wait, limits.requestTimeout()), deadline.left());
    long begin = System.nanoTime();
    try {
      var response = transport.send(request(wait), BoundedBody.handler(), max);
      int status = response.statusCode();
      if (Retries.temporary(status) || status >= SERVER_ERRORS) {
        return retries.next(refused(response), response.headers());
      }
      if (status == OK) {
        known(Operations.state(response.body()));
        etag = response.headers().firstValue("ETag").orElse(null);
      } else if (status != NOT_MODIFIED) {
        throw refused(response);
      }
      retries.succeeded();
      // A server that held the request may be asked again at once.
      boolean held = System.nanoTime() - begin >= wait.toNanos() / 2;
      return held ? Duration.ZERO : polls.next(response.headers());
    } catch (NoResponseException | CredentialsException | MalformedException failed) {
      var failure = reading.unanswered(failed);
      if (!Retries.temporary(failed) && (known == null || failed instanceof CredentialsException)) {
        throw failure;
      }
      return retries.next(failure);
    }
  }

  private ApiException refused(HttpResponse<byte[]> response) {
    return reading.refused(response.statusCode(), response.headers(), response.body());
  }

  private void known(OperationState state) {
    if (!state.equals(known)) {
      known = state;
      onChange.accept(state);
    }
  }

  private HttpRequest request(Duration wait) {
    var request = transport.request(Operations.target(id)).header("Accept", "application/json");
    if (wait.toSeconds() > 0) {
      request.header("Prefer", "wait=" + wait.toSeconds());
    }
    if (etag != null) {
      request.header("If-None-Match", etag);
    }
    return request.build();
  }
}
