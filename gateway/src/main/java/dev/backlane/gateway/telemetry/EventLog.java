package dev.backlane.gateway.telemetry;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.execution.OperationEvents;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.gateway.tracing.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/// Logs one event with all its fields for each accept, attempt, end and delivery attempt: at DEBUG,
/// except what an operator looks for, which is at INFO: operations that failed, deliveries that
/// were not delivered, and circuit breakers. No event has a body, a query, a header field or a
/// credential. Thread-safe.
public final class EventLog implements OperationEvents {
  private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

  @Override
  public void accepted(Operation operation) {
    if (LOG.isDebugEnabled()) {
      var request = operation.request();
      of(Level.DEBUG, operation)
          .addKeyValue("client", operation.caller().client())
          .addKeyValue("method", request.method())
          .addKeyValue("path", request.path())
          .addKeyValue("request_bytes", request.contentLength())
          .addKeyValue("started", operation.state() instanceof State.Running)
          .addKeyValue("notified", !(operation.notification() instanceof Notification.None))
          .log("Operation accepted");
    }
  }

  @Override
  public void attempted(Operation running, Verdict verdict, Duration took) {
    if (LOG.isDebugEnabled()) {
      var event =
          of(Level.DEBUG, running)
              .addKeyValue("attempt", running.state().attempt())
              .addKeyValue("duration_ms", took.toMillis());
      with(event, verdict).log("Attempt ended");
    }
  }

  private static LoggingEventBuilder with(LoggingEventBuilder event, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Responded(var response, var retryAfter) ->
          event
              .addKeyValue("verdict", "responded")
              .addKeyValue("status_code", response.statusCode())
              .addKeyValue("response_bytes", response.contentLength())
              .addKeyValue("retry_after_ms", retryAfter.map(Duration::toMillis).orElse(0L));
      case Verdict.NotSent(var obstacle, var cause) ->
          event
              .addKeyValue("verdict", "not-sent")
              .addKeyValue("obstacle", obstacle)
              .addKeyValue("reason", cause);
      case Verdict.Unknown(var cause) ->
          event.addKeyValue("verdict", "unknown").addKeyValue("reason", cause);
      case Verdict.Unusable(var code, var cause) ->
          event
              .addKeyValue("verdict", "unusable")
              .addKeyValue("error_code", code.wire())
              .addKeyValue("reason", cause);
    };
  }

  @Override
  public void settled(Operation next) {
    switch (next.state()) {
      case State.Queued queued ->
          of(Level.DEBUG, next)
              .addKeyValue("attempt", queued.attempt())
              .addKeyValue("due", queued.dueAt())
              .addKeyValue("reason", queued.lastError().orElse(""))
              .log("Operation queued again");
      case State.Held _, State.Running _ -> {}
      case State.Finished finished ->
          ended(Level.DEBUG, next, finished.endedAt())
              .addKeyValue("status_code", finished.response().statusCode())
              .addKeyValue("response_bytes", finished.response().contentLength())
              .log("Operation finished");
      case State.Canceled canceled ->
          ended(Level.DEBUG, next, canceled.endedAt())
              .addKeyValue("reason", canceled.reason())
              .log("Operation canceled");
      case State.Failed failed ->
          ended(Level.INFO, next, failed.endedAt())
              .addKeyValue("error_code", failed.code().wire())
              .addKeyValue("reason", failed.reason())
              .log("Operation failed");
    }
  }

  private static LoggingEventBuilder ended(Level level, Operation operation, Instant endedAt) {
    var event = of(level, operation);
    return LOG.isEnabledForLevel(level)
        ? event
            .addKeyValue("method", operation.request().method())
            .addKeyValue("attempts", operation.state().attempt())
            .addKeyValue(
                "duration_ms", Duration.between(operation.id().receivedAt(), endedAt).toMillis())
        : event;
  }

  /// An event of an operation; nothing is computed if its level is not logged.
  private static LoggingEventBuilder of(Level level, Operation operation) {
    var event = LOG.atLevel(level);
    if (!LOG.isEnabledForLevel(level)) {
      return event;
    }
    event =
        event
            .addKeyValue("operation_id", operation.id())
            .addKeyValue("tenant", operation.caller().tenant())
            .addKeyValue("route", operation.route());
    return withTrace(event, operation.request().headers());
  }

  private static LoggingEventBuilder withTrace(LoggingEventBuilder event, List<Header> headers) {
    var trace = TraceContext.of(headers).map(TraceContext::traceId);
    return trace.isPresent() ? event.addKeyValue("trace_id", trace.get()) : event;
  }

  /// The result of an attempt to deliver a notification is durable.
  ///
  /// @param contexts the fields with the trace of the call that a notification reports
  void attempted(
      Delivery next, DeliveryVerdict verdict, Function<OperationId, List<Header>> contexts) {
    boolean delivered = next.state() instanceof DeliveryState.Delivered;
    var level = delivered ? Level.DEBUG : Level.INFO;
    if (!LOG.isEnabledForLevel(level)) {
      return;
    }
    var attempt = next.attempts().getLast();
    // What a receiver responds is a body, and not logged.
    var reason =
        switch (verdict) {
          case DeliveryVerdict.Responded _ -> "";
          case DeliveryVerdict.NoResponse(var cause) -> cause;
          case DeliveryVerdict.NoReceiver(var cause) -> cause;
        };
    withTrace(LOG.atLevel(level), contexts.apply(next.id()))
        .addKeyValue("delivery_id", next.id())
        .addKeyValue("tenant", next.tenant())
        .addKeyValue("receiver", next.receiver())
        .addKeyValue("event_type", next.eventType())
        .addKeyValue("attempt", next.attempts().size())
        .addKeyValue("status_code", attempt.statusCode())
        .addKeyValue("duration_ms", attempt.took().toMillis())
        .addKeyValue("reason", reason)
        .addKeyValue("due", next.state() instanceof DeliveryState.Due due ? due.dueAt() : "")
        .log(text(next.state()));
  }

  private static String text(DeliveryState state) {
    return switch (state) {
      case DeliveryState.Delivered _ -> "Delivery succeeded";
      case DeliveryState.Failed _ -> "Delivery failed";
      case DeliveryState.Due _ -> "Delivery attempt failed; it is repeated";
    };
  }

  void circuitOpened(String receiver, int failuresInARow) {
    LOG.atWarn()
        .addKeyValue("receiver", receiver)
        .addKeyValue("failures", failuresInARow)
        .log("Receiver paused: its circuit breaker is open");
  }

  void circuitClosed(String receiver) {
    LOG.atInfo().addKeyValue("receiver", receiver).log("Receiver resumed: an attempt succeeded");
  }
}
