package dev.backlane.gateway.operations;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.history.PastAttempt;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Everything that an operator sees of one operation, without credentials and contents. Immutable.
///
/// @param waiting why it waits; empty if it is running or has ended
/// @param delivery the notification of its end; empty if there is none, or not yet
/// @param nextDelivery when the next attempt of the delivery begins
/// @param traceId of the caller's trace (W3C Trace Context); empty if the call had none
/// @param requestHeaders without credentials
/// @param responseHeaders without credentials; empty if there is no response
/// @param actions what an operator can do with it now
public record OperationDetail(
    OperationSummary summary,
    Optional<Waiting> waiting,
    Optional<Delivery> delivery,
    Optional<Instant> nextDelivery,
    Optional<String> traceId,
    List<Header> requestHeaders,
    List<Header> responseHeaders,
    Set<OperationAction> actions) {
  public OperationDetail {
    requestHeaders = List.copyOf(requestHeaders);
    responseHeaders = List.copyOf(responseHeaders);
    actions = Set.copyOf(actions);
  }

  /// The attempts that are over, the oldest first.
  public List<PastAttempt> attempts() {
    return summary.operation().attempts();
  }

  /// The operation of which this one repeats the call.
  public Optional<OperationId> retryOf() {
    return summary.operation().retryOf();
  }
}
