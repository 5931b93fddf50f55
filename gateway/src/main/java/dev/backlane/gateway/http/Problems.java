package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.store.StoreException;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one place where a fault becomes an answer.
public final class Problems {
  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

  /// Seconds after which a client may try again when the store or the queue had no room.
  public static final int OVERLOADED_RETRY_SECONDS = 5;

  private Problems() {}

  /// Answers with what a handler threw.
  public static void send(ServerResponse response, ProblemException fault) {
    fault.headers().forEach(header -> response.header(header.name(), header.value()));
    send(response, fault.problem());
  }

  /// Answers 503: what was asked could not be stored or read, and nothing was promised. Whether a write that failed happened
  /// is not known, so the mend is the idempotency key.
  public static void send(ServerResponse response, StoreException fault) {
    LOG.error("the store failed: {}", fault.getMessage(), fault);
    send(
        response,
        overloaded(
            "The store is not available at present; nothing was accepted. Try again later, with an Idempotency-Key where a"
                + " second copy of the call would do harm."));
  }

  /// Answers 500 for a fault of our own; what it was is for the log alone.
  public static void send(ServerResponse response, RuntimeException broken) {
    LOG.error("a request broke in the gateway", broken);
    send(
        response,
        new Problem(
            ProblemType.INTERNAL_ERROR,
            "Backlane itself failed; its log tells more. Whether a call was stored, its Idempotency-Key tells."));
  }

  /// The fault of having no room.
  ///
  /// @param detail why, and what to do
  public static ProblemException overloaded(String detail) {
    return new ProblemException(
        ProblemType.OVERLOADED,
        detail,
        new Header("Retry-After", Integer.toString(OVERLOADED_RETRY_SECONDS)));
  }

  private static void send(ServerResponse response, Problem problem) {
    response.status(Status.create(problem.type().status()));
    response.header(HeaderNames.CONTENT_TYPE.defaultCase(), Problem.MEDIA_TYPE);
    response.send(Json.bytes(problem));
  }
}
