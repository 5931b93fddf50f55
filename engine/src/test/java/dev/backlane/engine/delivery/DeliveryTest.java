package dev.backlane.engine.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "http://receiver/path?query=1, '', receiver:80",
    "http://receiver/path, tenant, receiver:80 of tenant",
    "http://receiver/other, tenant, receiver:80 of tenant",
    "HTTP://Receiver.:80, tenant, receiver:80 of tenant",
    "http://receiver:080?a=b, tenant, receiver:80 of tenant",
    "http://receiver:/, tenant, receiver:80 of tenant",
    "http://receiver/, other, receiver:80 of other",
    "https://receiver/, '', receiver:443",
    "http://receiver:8080/, '', receiver:8080",
    "http://receiver:8081/, '', receiver:8081",
    "http://my_host:9/a:b, '', my_host:9",
    "http://[2001:DB8::1]:81/x, '', [2001:db8::1]:81",
    "http://[::1], '', [::1]:80",
    "unusual, '', unusual"
  })
  void namesTheReceiverByHostPortAndTenant(String url, String tenant, String receiver) {
    assertThat(receiver(url, tenant)).isEqualTo(receiver);
  }

  @Test
  void shortensALongReceiverWithoutMixingItWithOthers() {
    var url = "http://receiver/";
    var tenant = "x".repeat(4_000);
    var one = receiver(url, tenant + "1");
    assertThat(one)
        .hasSizeLessThanOrEqualTo(Delivery.RECEIVER_CHARS_MAX)
        .startsWith("receiver:80 of xxx")
        .isEqualTo(receiver(url + "path?query", tenant + "1"));
    assertThat(List.of(one, receiver(url, tenant + "2"), receiver("http://other/", tenant + "1")))
        .doesNotHaveDuplicates();
  }
}
