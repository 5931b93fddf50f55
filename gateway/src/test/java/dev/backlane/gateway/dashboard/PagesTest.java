package dev.backlane.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.gateway.operator.Session;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.SettableClock;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Values from outside are escaped in the markup of the pages.
final class PagesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final String MARKUP = "\"><script>alert('%s')</script>&lt;";
  private static final String ESCAPED =
      "&quot;&gt;&lt;script&gt;alert(&#39;%s&#39;)&lt;/script&gt;&amp;lt;";

  @Test
  void escapesEveryValueOfTheOverview() {
    var disabled = new Subscription.Disabled(NOW, MARKUP + "reason of disabling");
    var subscription =
        new Subscription(
            "id",
            MARKUP + "tenant",
            MARKUP + "client",
            URI.create("http://127.0.0.1/'&x=1"),
            Set.of(),
            List.of(),
            new Subscription.Standing(Optional.empty(), Optional.of(disabled)),
            false,
            Optional.of(NOW));
    var failed =
        new DeliverySamples(new SettableClock(NOW), 1)
            .due(MARKUP + "receiver")
            .to(new DeliveryState.Failed(NOW, MARKUP + "reason"));
    var page =
        Pages.home(
                new Session(new Operator(MARKUP + "operator"), MARKUP + "csrf", NOW),
                Map.of(MARKUP + "number", 1L),
                List.of(subscription),
                List.of(),
                List.of(failed))
            .markup();

    assertThat(page).doesNotContain("<script", "'");
    for (String value :
        List.of(
            "tenant",
            "client",
            "reason of disabling",
            "receiver",
            "reason",
            "operator",
            "csrf",
            "number")) {
      assertThat(page).contains(ESCAPED + value);
    }
    assertThat(page).contains("http://127.0.0.1/&#39;&amp;x=1");
  }

  @Test
  void escapesAnError() {
    assertThat(Pages.signIn(true, true, MARKUP).markup())
        .contains(ESCAPED)
        .doesNotContain("<script");
  }
}
