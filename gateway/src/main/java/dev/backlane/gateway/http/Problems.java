package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns every fault into a response: a problem document (RFC 9457). If a response has been sent in
/// part, the call is aborted instead. Stateless.
public final class Problems {
  /// Seconds after which a client may try again when the store or the queue is full.
  public static final int OVERLOADED_RETRY_SECONDS = 5;

  static final String INTERNAL_ERROR_DETAIL =
      "An internal error occurred; the gateway's log has the cause. If the call had an"
          + " Idempotency-Key, send it again with the same key: that shows whether it was stored.";

  private static final String INTERNAL_ERROR = "request failed because of an internal error";

  private static final String CONTENT_DAMAGED_DETAIL =
      "The stored data is damaged or missing, and is not served. Trying again does not help; the"
          + " operator can restore it from a backup.";

  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

  private Problems() {}

  /// Responds with the problem that a handler threw.
  public static void send(Call call, ProblemException fault) {
    fault.headers().forEach(header -> call.response().set(header.name(), header.value()));
    send(call, fault.problem(), fault.reason());
  }

  /// Responds to a fault of the store, as [#of(StoreException)].
  public static void send(Call call, StoreException fault) {
    send(call, of(fault));
  }

  /// Logs a fault of the store and returns its problem: 503. Whether a write that failed has
  /// happened is unknown, so the remedy is the idempotency key. It is a 500 if the data is damaged
  /// or the store refuses this value: trying again would not help.
  public static ProblemException of(StoreException fault) {
    if (fault instanceof StoreException.Damaged) {
      LOG.error("a response needs stored data that is damaged: {}", fault.getMessage());
      return new ProblemException(ProblemType.CONTENT_DAMAGED, CONTENT_DAMAGED_DETAIL);
    }
    if (fault instanceof StoreException.Refused) {
      LOG.error(INTERNAL_ERROR, fault);
      return new ProblemException(ProblemType.INTERNAL_ERROR, INTERNAL_ERROR_DETAIL);
    }
    LOG.error("store failed: {}", fault.getMessage(), fault);
    return overloaded(
        "store-unavailable",
        "The store is unavailable; no call was accepted. Try again later, with an Idempotency-Key if a"
            + " second copy of the call would do harm.");
  }

  /// Responds 500. The cause is logged and not shown to the client.
  public static void send(Call call, RuntimeException fault) {
    LOG.error(INTERNAL_ERROR, fault);
    send(call, new Problem(ProblemType.INTERNAL_ERROR, INTERNAL_ERROR_DETAIL));
  }

  /// A 503 response with `Retry-After`.
  ///
  /// @param reason a word for metrics, one of a small set
  /// @param detail why, and what to do
  /// @param more header fields of the response
  public static ProblemException overloaded(String reason, String detail, Header... more) {
    var headers = new ArrayList<>(List.of(more));
    headers.add(new Header("Retry-After", Integer.toString(OVERLOADED_RETRY_SECONDS)));
    return new ProblemException(
        reason, ProblemType.OVERLOADED, detail, headers.toArray(Header[]::new));
  }

  /// A 400 after which the connection is closed, because the next request on it cannot be found.
  public static ProblemException malformed(String detail) {
    return new ProblemException(
        ProblemType.INVALID_REQUEST, detail, new Header("Connection", "close"));
  }

  /// Responds with a problem document.
  public static void send(Call call, Problem problem) {
    send(call, problem, problem.type().slug());
  }

  private static void send(Call call, Problem problem, String reason) {
    call.report().refused(reason);
    if (call.responded()) {
      call.abort();
      return;
    }
    call.response().status(problem.type().status()).set("Content-Type", Problem.MEDIA_TYPE);
    call.respond(Json.bytes(problem));
  }
}
