package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A record with any altered byte, or of any shorter length, is read or reported as damaged. Any
/// other failure would stop the statement, and with it the records that are read together.
final class DamagedBytesTest {
  private static final int[] ALTERATIONS = {0x01, 0x40, 0x80, 0xFF};

  private final InstantSource clock = InstantSource.system();
  private final Samples samples = new Samples(clock, 1);
  private final DeliverySamples deliverySamples = new DeliverySamples(clock, 1);

  /// Decodes a record.
  @FunctionalInterface
  private interface Decoding {
    void of(byte[] record) throws CorruptRecordException;
  }

  private static int damaged(byte[] record, Decoding decoding) {
    int reported = 0;
    for (int at = 0; at < record.length; at++) {
      reported += reports(Arrays.copyOf(record, at), decoding) ? 1 : 0;
      for (int alteration : ALTERATIONS) {
        byte[] altered = record.clone();
        altered[at] ^= (byte) alteration;
        reported += reports(altered, decoding) ? 1 : 0;
      }
    }
    return reported;
  }

  private static boolean reports(byte[] record, Decoding decoding) {
    try {
      decoding.of(record);
      return false;
    } catch (CorruptRecordException damaged) {
      return true;
    }
  }

  private List<Operation> operations() {
    var queued = samples.queued();
    var running = samples.started(Samples.LEASE);
    return List.of(
        queued,
        queued.to(new State.Held((State.Queued) queued.state())),
        Samples.retrying(queued, clock.instant()),
        samples.referring("reference"),
        running,
        samples.finished(running, 7),
        samples.failed(running),
        samples.canceled(running));
  }

  @Test
  void readsOrReportsEachDamagedOperation() {
    for (var operation : operations()) {
      byte[] call = OperationCodec.call(operation);
      var progress = Progress.of(operation);
      int reported =
          damaged(call, bytes -> OperationCodec.operation(operation.id(), bytes, progress));
      assertThat(reported).isGreaterThan(call.length);
      byte[] bytes = OperationCodec.progress(progress);
      assertThat(damaged(bytes, OperationCodec::progress)).isGreaterThan(bytes.length);
      damaged(bytes, OperationCodec::version);
      damaged(call, OperationCodec::caller);
    }
  }

  @Test
  void readsOrReportsEachDamagedDelivery() {
    var due = deliverySamples.due("sub_1");
    var addressed =
        deliverySamples.due(new Delivery.Subscribed("sub", List.of(new Header("a", "b"))));
    var attempt = new DeliveryAttempt(clock.instant(), Duration.ofMillis(3), 503, "refused");
    var all = new ArrayList<>(List.of(due, addressed, deliverySamples.delivered(due)));
    all.add(
        new Delivery(
            due.id(),
            due.tenant(),
            due.client(),
            new Delivery.Address("http://receiver/a"),
            due.eventType(),
            due.body(),
            new DeliveryState.Failed(clock.instant(), "Gone"),
            List.of(attempt, attempt),
            3));
    for (var delivery : all) {
      byte[] bytes = DeliveryCodec.bytes(delivery);
      int reported = damaged(bytes, record -> DeliveryCodec.delivery(delivery.id(), record));
      assertThat(reported).isGreaterThan(bytes.length);
    }
  }
}
