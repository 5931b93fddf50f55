package dev.backlane.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WebhookAddressesTest {
  private final WebhookAddresses addresses = new WebhookAddresses(List.of(), _ -> List.of());

  @Test
  void refusesALongUrl() {
    var base = "https://receiver.example/";
    var longest = base + "x".repeat(WebhookAddresses.URL_CHARS_MAX - base.length());
    assertThat(addresses.decide(URI.create(longest))).isInstanceOf(WebhookAddresses.Allowed.class);
    assertThat(addresses.decide(URI.create(longest + "x")))
        .isEqualTo(
            new WebhookAddresses.Forbidden(
                "The webhook address has 4097 characters; at most 4096 are allowed."));
  }
}
