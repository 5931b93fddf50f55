package dev.backlane.engine.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeliveryTest {
  private static String receiver(String url, String tenant) {
    return new Delivery(
            new OperationId(1, 2),
            tenant,
            "client",
            new Delivery.Address(url),
            "ended",
            new byte[0],
            new DeliveryState.Due(1, Instant.EPOCH),
            List.of(),
            0)
        .receiver();
  }

  @Test
  void namesTheReceiverByUrlAndTenant() {
    assertThat(receiver("http://receiver/path?query=1", "")).isEqualTo("http://receiver/path");
    assertThat(receiver("http://receiver/path", "tenant"))
        .isEqualTo("http://receiver/path of tenant");
  }

  @Test
  void shortensALongReceiverWithoutMixingItWithOthers() {
    var url = "http://receiver/" + "x".repeat(4_000);
    var one = receiver(url + "1", "tenant");
    assertThat(one)
        .hasSizeLessThanOrEqualTo(Delivery.RECEIVER_CHARS_MAX)
        .startsWith("http://receiver/xxx")
        .isEqualTo(receiver(url + "1?query", "tenant"));
    assertThat(List.of(one, receiver(url + "2", "tenant"), receiver(url + "1", "other")))
        .doesNotHaveDuplicates();
  }
}
