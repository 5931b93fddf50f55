package dev.backlane.gateway.dashboard;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.gateway.operator.Session;
import dev.backlane.gateway.webhook.Subscription;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The markup of the pages. Stateless.
final class Pages {
  /// A delivery that waits for an attempt.
  ///
  /// @param nextAttempt when it is made
  record DueDelivery(Delivery delivery, Instant nextAttempt) {}

  private Pages() {}

  private static Html page(String title, Html body) {
    return Html.of(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>%s · Backlane</title>
        <link rel="stylesheet" href="/ui/style.css">
        </head>
        <body>
        %s
        </body>
        </html>
        """,
        title, body);
  }

  /// @param byToken whether operators can sign in with `admin.token`
  /// @param byProvider whether operators can sign in with OpenID Connect
  /// @param error why the last attempt failed; empty: there was none
  static Html signIn(boolean byToken, boolean byProvider, String error) {
    var form =
        Html.of(
            """
            <form method="post" action="/ui/sign-in">
            <label for="token">Operator's token</label>
            <input id="token" name="token" type="password" autocomplete="off" required autofocus>
            <button>Sign in</button>
            </form>
            """);
    var link = Html.of("<p><a class=\"button\" href=\"/ui/oidc\">Sign in at your provider</a></p>");
    return page(
        "Sign in",
        Html.of(
            """
            <main class="narrow">
            <h1>Backlane</h1>
            %s%s%s
            </main>
            """,
            error.isEmpty()
                ? Html.NOTHING
                : Html.of("<p class=\"error\" role=\"alert\">%s</p>", error),
            byToken ? form : Html.NOTHING,
            byProvider ? link : Html.NOTHING));
  }

  /// @param numbers of operations and deliveries, by label
  /// @param due deliveries that wait for an attempt, newest first
  /// @param failed deliveries that failed, newest first
  static Html home(
      Session session,
      Map<String, Long> numbers,
      List<Subscription> subscriptions,
      List<DueDelivery> due,
      List<Delivery> failed) {
    return page(
        "Overview",
        Html.of(
            """
            <header>
            <strong>Backlane</strong>
            <form method="post" action="/ui/sign-out">
            <span>%s</span>
            <input type="hidden" name="csrf" value="%s"><button>Sign out</button>
            </form>
            </header>
            <main>
            <h1>Overview</h1>
            <dl class="numbers">%s</dl>
            <h2>Subscriptions</h2>
            %s
            <h2>Due deliveries</h2>
            %s
            <h2>Failed deliveries</h2>
            %s
            </main>
            """,
            session.operator().name(),
            session.csrfToken(),
            Html.all(
                numbers.entrySet().stream()
                    .map(number ->
                        Html.of(
                            "<div><dt>%s</dt><dd>%s</dd></div>",
                            number.getKey(), number.getValue()))
                    .toList()),
            subscriptions(subscriptions),
            due(due, session),
            failed(failed, session)));
  }

  private static Html subscriptions(List<Subscription> subscriptions) {
    if (subscriptions.isEmpty()) {
      return Html.of("<p>None yet. Create one with POST /admin/v1/subscriptions.</p>");
    }
    return Html.of(
        "<table><thead><tr><th>Client</th><th>Tenant</th><th>URL</th><th>Status</th></tr></thead>"
            + "<tbody>%s</tbody></table>",
        Html.all(subscriptions.stream().map(Pages::row).toList()));
  }

  private static Html row(Subscription subscription) {
    var standing = subscription.standing();
    var status =
        standing
            .disabled()
            .map(disabled -> "disabled: " + disabled.reason())
            .or(() -> standing.failingSince().map(since -> "failing since " + since))
            .orElse("good");
    return Html.of(
        "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>",
        subscription.client(), subscription.tenant(), subscription.url(), status);
  }

  private static Html due(List<DueDelivery> due, Session session) {
    return deliveries(
        "Next attempt",
        due.stream()
            .map(each -> row(each.delivery(), each.nextAttempt().toString(), session))
            .toList());
  }

  private static Html failed(List<Delivery> failed, Session session) {
    return deliveries(
        "Reason",
        failed.stream().map(delivery -> row(delivery, reason(delivery), session)).toList());
  }

  private static String reason(Delivery delivery) {
    return delivery.state() instanceof DeliveryState.Failed(var _, var why) ? why : "";
  }

  private static Html deliveries(String column, List<Html> rows) {
    if (rows.isEmpty()) {
      return Html.of("<p>None.</p>");
    }
    return Html.of(
        "<table><thead><tr><th>Operation</th><th>Receiver</th><th>%s</th><th></th></tr></thead>"
            + "<tbody>%s</tbody></table>",
        column, Html.all(rows));
  }

  private static Html row(Delivery delivery, String detail, Session session) {
    return Html.of(
        """
        <tr><td><code>%s</code></td><td>%s</td><td>%s</td><td>
        <form method="post" action="/ui/deliveries/%s/redeliver">
        <input type="hidden" name="csrf" value="%s"><button>Deliver again</button>
        </form></td></tr>
        """,
        delivery.id(), delivery.receiver(), detail, delivery.id(), session.csrfToken());
  }
}
