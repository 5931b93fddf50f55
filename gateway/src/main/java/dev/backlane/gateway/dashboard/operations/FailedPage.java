package dev.backlane.gateway.dashboard.operations;

import dev.backlane.engine.store.search.Phase;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.Query;

/// `/ui/failed`: operations that ended without a response, the newest first, by their reason.
/// Thread-safe.
public final class FailedPage implements Page {
  private static final String PATH = "/ui/failed";

  private final Lookup lookup;

  /// @param lookup finds the operations
  public FailedPage(Lookup lookup) {
    this.lookup = lookup;
  }

  /// The filter of the page with another reason.
  public static String url(String errorCode) {
    return errorCode.isEmpty() ? PATH : PATH + "?errorCode=" + errorCode;
  }

  @Override
  public View view(Visit visit) {
    if (!visit.path().isEmpty()) {
      throw Visit.unknown();
    }
    var query = visit.query();
    return View.of(
        "Failed and unknown",
        "failed.jte",
        OperationsPage.list(
            lookup, filters(query), query.cursor(), query.text("cursor").isEmpty(), PATH));
  }

  // A canceled one has the phase `canceled`, and did not fail.
  private static Filters filters(Query query) {
    return Filters.of(query).with("phase", Phase.FAILED.wire());
  }
}
