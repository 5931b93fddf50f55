package dev.backlane.gateway.telemetry;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.execution.OperationEvents;
import dev.backlane.engine.notification.DeliverySender;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/// Reports each event of the engine to the log and to the metrics. Thread-safe.
public final class Events implements OperationEvents {
  private final EventLog log;
  private final OperationMetrics metrics;

  public Events(EventLog log, OperationMetrics metrics) {
    this.log = log;
    this.metrics = metrics;
  }

  @Override
  public void accepted(Operation operation) {
    log.accepted(operation);
    metrics.accepted(operation);
  }

  @Override
  public void started(Operation running) {
    metrics.started(running);
  }

  @Override
  public void attempted(Operation running, Verdict verdict, Duration took) {
    log.attempted(running, verdict, took);
    metrics.attempted(running, verdict, took);
  }

  @Override
  public void settled(Operation next) {
    log.settled(next);
    metrics.settled(next);
  }

  /// A sender that also reports what it is notified of.
  ///
  /// @param contexts the fields with the trace of the call that a notification reports; read for
  ///     what is logged
  public DeliverySender reporting(
      DeliverySender sender, Function<OperationId, List<Header>> contexts) {
    return new DeliverySender() {
      @Override
      public DeliveryVerdict deliver(Delivery delivery) {
        return sender.deliver(delivery);
      }

      @Override
      public void settled(Delivery delivery, DeliveryVerdict verdict) {
        // Before the sender, which throws while the store is unavailable. A delivery that ended
        // without an attempt of this process has none.
        if (!delivery.attempts().isEmpty()) {
          log.attempted(delivery, verdict, contexts);
          metrics.attempted(delivery);
        }
        sender.settled(delivery, verdict);
      }

      @Override
      public void circuitOpened(String receiver, int failuresInARow) {
        log.circuitOpened(receiver, failuresInARow);
        sender.circuitOpened(receiver, failuresInARow);
      }

      @Override
      public void circuitClosed(String receiver) {
        log.circuitClosed(receiver);
        sender.circuitClosed(receiver);
      }
    };
  }
}
