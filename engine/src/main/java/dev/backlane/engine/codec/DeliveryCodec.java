package dev.backlane.engine.codec;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The stored form of a delivery, which begins with its layout number. Stateless.
public final class DeliveryCodec {
  private static final int LAYOUT = 1;

  private static final int ADDRESS = 0;
  private static final int SUBSCRIBED = 1;

  private static final int DUE = 0;
  private static final int DELIVERED = 1;
  private static final int FAILED = 2;

  private DeliveryCodec() {}

  /// Encodes a delivery.
  public static byte[] bytes(Delivery delivery) {
    var out = new RecordWriter().octet(LAYOUT).number(delivery.version());
    switch (delivery.state()) {
      case DeliveryState.Due(int attempt, var dueAt) ->
          out.octet(DUE).number(attempt).instant(dueAt);
      case DeliveryState.Delivered(var endedAt) -> out.octet(DELIVERED).instant(endedAt);
      case DeliveryState.Failed(var endedAt, var reason) ->
          out.octet(FAILED).instant(endedAt).text(reason);
    }
    out.text(delivery.tenant()).text(delivery.client());
    switch (delivery.target()) {
      case Delivery.Address(var uri) -> out.octet(ADDRESS).text(uri);
      case Delivery.Subscribed(var subscription, var headers) ->
          OperationCodec.headers(out.octet(SUBSCRIBED).text(subscription), headers);
    }
    out.text(delivery.eventType()).bytes(delivery.body()).number(delivery.attempts().size());
    for (var attempt : delivery.attempts()) {
      out.instant(attempt.startedAt())
          .number(attempt.took().toMillis())
          .number(attempt.statusCode())
          .text(attempt.detail());
    }
    return out.toBytes();
  }

  /// Decodes a delivery.
  public static Delivery delivery(OperationId id, byte[] bytes) throws CorruptRecordException {
    var in = new RecordReader(bytes);
    layout(in);
    long version = in.number();
    var state = state(in);
    var tenant = in.text();
    var client = in.text();
    var target = target(in);
    var eventType = in.text();
    byte[] body = in.bytes();
    var attempts = attempts(in);
    in.end();
    return new Delivery(id, tenant, client, target, eventType, body, state, attempts, version);
  }

  /// The version only, without decoding the rest.
  public static long version(byte[] bytes) throws CorruptRecordException {
    var in = new RecordReader(bytes);
    layout(in);
    return in.number();
  }

  private static DeliveryState state(RecordReader in) throws CorruptRecordException {
    int kind = in.octet();
    return switch (kind) {
      case DUE -> new DeliveryState.Due((int) in.number(), in.instant());
      case DELIVERED -> new DeliveryState.Delivered(in.instant());
      case FAILED -> new DeliveryState.Failed(in.instant(), in.text());
      default -> throw new CorruptRecordException("a delivery has the unknown state " + kind);
    };
  }

  private static Delivery.Target target(RecordReader in) throws CorruptRecordException {
    int kind = in.octet();
    return switch (kind) {
      case ADDRESS -> new Delivery.Address(in.text());
      case SUBSCRIBED -> new Delivery.Subscribed(in.text(), OperationCodec.headers(in));
      default -> throw new CorruptRecordException("a delivery has the unknown target " + kind);
    };
  }

  private static List<DeliveryAttempt> attempts(RecordReader in) throws CorruptRecordException {
    int count = in.count();
    var attempts = new ArrayList<DeliveryAttempt>(count);
    for (int i = 0; i < count; i++) {
      attempts.add(
          new DeliveryAttempt(
              in.instant(), Duration.ofMillis(in.number()), (int) in.number(), in.text()));
    }
    return attempts;
  }

  private static void layout(RecordReader in) throws CorruptRecordException {
    int layout = in.octet();
    if (layout != LAYOUT) {
      throw new CorruptRecordException(
          "a delivery has layout " + layout + "; this version reads " + LAYOUT);
    }
  }
}
