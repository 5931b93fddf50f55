package dev.backlane.gateway.dashboard.overview;

import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.webhook.Subscriptions;
import java.time.Duration;
import java.util.function.Supplier;

/// `/ui`. Thread-safe.
public final class OverviewPage implements Page {
  private static final Duration HOUR = Duration.ofHours(1);

  private final Supplier<Status> status;
  private final Subscriptions subscriptions;
  private final History history;

  /// @param status the present one
  /// @param history what this process did
  public OverviewPage(Supplier<Status> status, Subscriptions subscriptions, History history) {
    this.status = status;
    this.subscriptions = subscriptions;
    this.history = history;
  }

  @Override
  public View view(Visit visit) {
    var present = status.get();
    return View.of(
        "Overview",
        "overview.jte",
        new Overview(
            present,
            Alerts.of(present, subscriptions.all()),
            history.last(HOUR),
            history.rates(),
            Breakdown.of(history.activity(HOUR), present.work().routes())));
  }
}
