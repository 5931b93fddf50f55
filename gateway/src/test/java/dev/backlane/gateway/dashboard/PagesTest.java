package dev.backlane.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.execution.permits.RouteLoad;
import dev.backlane.gateway.dashboard.overview.Alert;
import dev.backlane.gateway.dashboard.overview.Breakdown;
import dev.backlane.gateway.dashboard.overview.History;
import dev.backlane.gateway.dashboard.overview.Overview;
import dev.backlane.gateway.dashboard.overview.Status;
import dev.backlane.gateway.dashboard.page.Assets;
import dev.backlane.gateway.dashboard.page.Frame;
import dev.backlane.gateway.dashboard.page.Responses;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.system.AuditPage;
import dev.backlane.gateway.dashboard.system.ConfigurationPage;
import dev.backlane.gateway.dashboard.webhooks.DeliveriesPage;
import dev.backlane.gateway.dashboard.webhooks.DeliveryRow;
import dev.backlane.gateway.dashboard.webhooks.SubscriptionsPage;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.gateway.telemetry.Activity;
import dev.backlane.gateway.telemetry.Durations;
import dev.backlane.gateway.webhook.SigningSecret;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import dev.backlane.protocol.webhook.WebhookSecret;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.SettableClock;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Values from outside are escaped in the markup of all pages, and secrets are in none of them.
final class PagesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final String MARKUP = "\"><script>alert('x')</script>&lt;";
  private static final WebhookSecret SECRET = WebhookSecret.generate(new Random(1));

  private static final Assets ASSETS = Assets.load();
  private static final Responses RESPONSES = new Responses(ASSETS);

  private static String render(String template, Object page) {
    var frame =
        new Frame(
            MARKUP + "title",
            List.of(new Frame.Entry("/ui", "Overview")),
            "/ui",
            Optional.of("/ui?a=" + MARKUP + "live"),
            Optional.of(new Operator(MARKUP + "operator")),
            MARKUP + "csrf",
            Optional.empty(),
            false,
            ASSETS);
    return RESPONSES.render(frame, View.of("Title", template, page));
  }

  /// Asserts that a page shows these values, and that none of them has become markup.
  private static void assertEscaped(String page, String... values) {
    var own = page.replaceAll("<script src=\"/ui/assets/[^\"<>]+\" defer></script>", "");
    assertThat(own).doesNotContain("<script", "onload", SECRET.value());
    for (var value : values) {
      assertThat(own).contains("&amp;lt;" + value);
    }
    for (var value : List.of("title", "live", "operator", "csrf")) {
      assertThat(own).contains("&amp;lt;" + value);
    }
  }

  private static Subscription subscription() {
    return new Subscription(
        "sub_1",
        MARKUP + "tenant",
        MARKUP + "client",
        URI.create("http://127.0.0.1/'&x=1"),
        Set.of(),
        List.of(
            new SigningSecret(SECRET, Optional.empty()),
            new SigningSecret(WebhookSecret.generate(new Random(2)), Optional.of(NOW))),
        new Subscription.Standing(
            Optional.empty(), Optional.of(new Subscription.Disabled(NOW, MARKUP + "reason"))),
        false,
        Optional.of(NOW));
  }

  private static DeliveryRow row() {
    Delivery failed =
        new DeliverySamples(new SettableClock(NOW), 1)
            .due(MARKUP + "receiver")
            .to(new DeliveryState.Failed(NOW, MARKUP + "why"));
    return new DeliveryRow(
        failed, MARKUP + "receiver", Optional.of("sub_1"), Optional.empty(), true);
  }

  private static Breakdown breakdown() {
    return new Breakdown(
        List.of(),
        List.of(
            new Breakdown.RouteRow(
                MARKUP + "route", Activity.OfRoute.NONE, Optional.of(new RouteLoad(1, 2, 3))),
            new Breakdown.RouteRow(
                MARKUP + "busy",
                new Activity.OfRoute(Durations.NONE, Durations.NONE, Durations.NONE, 7),
                Optional.empty())),
        List.of(
            new Breakdown.TenantRow(MARKUP + "tenant", false, new Activity.OfTenant(4, 3, 2, 1))),
        1,
        List.of(
            new Breakdown.UpstreamRow(
                MARKUP + "upstream", new Activity.OfUpstream(Durations.NONE, 1, 2, 3))));
  }

  @Test
  void escapesEveryValueOfTheOverview() {
    var status =
        new Status(
            new Status.Node(MARKUP + "name", MARKUP + "version", NOW, true, false, 1, 2),
            new Status.Work(
                1,
                2,
                3,
                4,
                5,
                URI.create("http://127.0.0.1/'&x=1"),
                true,
                Map.of(MARKUP + "route", new RouteLoad(1, 2, 3)),
                new Status.Totals(1, 2, 3, 4, 5, 6)),
            new Status.Deliveries(1, 2, 3),
            new Status.Store(
                "rocksdb",
                MARKUP + "place",
                Optional.of("refused"),
                0,
                Optional.of(new Status.Disk(1, 2))));
    var reading = new History.Reading(1, 2, 3, 4, 5, 6);
    var page =
        render(
            "overview.jte",
            new Overview(
                status,
                List.of(new Alert(true, MARKUP + "what", MARKUP + "action", "/ui", "text")),
                reading,
                List.of(new History.Rate(NOW, 1, 2, 3, 4, 5, 6)),
                breakdown()));

    assertEscaped(
        page, "version", "route", "busy", "tenant", "upstream", "place", "what", "action");
    assertThat(page).contains("http://127.0.0.1/'&amp;x=1");
  }

  @Test
  void escapesEveryValueOfSubscriptions() {
    assertEscaped(
        render(
            "subscriptions.jte",
            new SubscriptionsPage.All(
                List.of(subscription()),
                MARKUP + "1",
                MARKUP + "2",
                MARKUP + "3",
                MARKUP + "4",
                MARKUP + "csrf")),
        "tenant",
        "client",
        "reason",
        "4");
    assertEscaped(
        render(
            "subscription.jte",
            new SubscriptionsPage.One(subscription(), List.of(row()), MARKUP + "csrf")),
        "tenant",
        "client",
        "reason");
  }

  @Test
  void showsASecretOnlyInTheResponseToItsCreation() {
    var page = render("secret.jte", new SubscriptionsPage.NewSecret(subscription(), false));

    assertThat(page).containsOnlyOnce(SECRET.value());
  }

  @Test
  void escapesEveryValueOfDeliveries() {
    assertEscaped(
        render(
            "deliveries.jte",
            new DeliveriesPage.Listed(
                List.of(row()),
                MARKUP + "state",
                MARKUP + "subscription",
                Optional.of("/ui/deliveries?cursor=" + MARKUP),
                "")),
        "receiver");
    assertEscaped(
        render("delivery.jte", new DeliveriesPage.One(row(), MARKUP + "body", "")),
        "receiver",
        "why",
        "body");
  }

  @Test
  void escapesEveryValueOfTheSystemPages() {
    assertEscaped(
        render(
            "configuration.jte",
            new ConfigurationPage.Configuration(
                Map.of(
                    "server",
                    List.of(
                        new ConfigurationPage.Line(
                            "server.port",
                            MARKUP + "value",
                            MARKUP + "origin",
                            MARKUP + "meaning",
                            true))),
                false)),
        "value",
        "origin",
        "meaning");
    assertEscaped(
        render(
            "audit.jte",
            new AuditPage.Audit(
                MARKUP + "file",
                List.of(
                    new AuditLog.Entry(
                        NOW, MARKUP + "by", MARKUP + "from", MARKUP + "did", MARKUP + "target")))),
        "file",
        "by",
        "from",
        "did",
        "target");
  }

  @Test
  void escapesErrors() {
    assertEscaped(
        render("problem.jte", new Problem(ProblemType.NOT_FOUND, MARKUP + "detail")), "detail");
    assertEscaped(render("away.jte", MARKUP + "cause"), "cause");
    assertEscaped(
        render("sign-in.jte", new SignInPages.SignIn(true, true, MARKUP + "error", "/ui")),
        "error");
  }

  @Test
  void formsRepeatTheTokenOfTheSignIn() {
    var page =
        RESPONSES.render(
            Frame.without("Title", ASSETS),
            View.of(
                "Title",
                "subscription.jte",
                new SubscriptionsPage.One(subscription(), List.of(), "the-token")));

    assertThat(page.split("<form", -1)).hasSizeGreaterThan(3);
    assertThat(page.split("name=\"csrf\" value=\"the-token\"", -1))
        .hasSameSizeAs(page.split("<form", -1));
  }
}
