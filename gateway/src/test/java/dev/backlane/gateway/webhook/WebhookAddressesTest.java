package dev.backlane.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.url.HttpUrl;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WebhookAddressesTest {
  private static final Requester CALLER = new Requester("acme", "robot");

  private final WebhookAddresses addresses = new WebhookAddresses(List.of(), (_, _) -> List.of());

  @Test
  void refusesALongUrl() {
    var base = "https://receiver.example/";
    var longest = base + "x".repeat(HttpUrl.CHARS_MAX - base.length());
    assertThat(addresses.decide(URI.create(longest), CALLER))
        .isInstanceOf(WebhookAddresses.Allowed.class);
    assertThat(addresses.decide(URI.create(longest + "x"), CALLER))
        .isEqualTo(
            new WebhookAddresses.Forbidden(
                "The webhook address has 4097 characters; at most 4096 are allowed."));
  }

  @Test
  void looksNamesUpForTheRequester() {
    var asked = new ArrayList<String>();
    var recording =
        new WebhookAddresses(
            List.of(),
            (host, requester) -> {
              asked.add(host + " for " + requester.client());
              return List.of();
            });
    for (var url : List.of("http://My_Host:8080/x", "https://a.example./", "http://192.0.2.1/")) {
      var _ = recording.decide(URI.create(url), CALLER);
    }
    assertThat(asked).containsExactly("my_host for robot", "a.example for robot");
  }
}
