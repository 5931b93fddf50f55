package dev.backlane.gateway.dashboard.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.gateway.dashboard.page.Form;
import dev.backlane.gateway.dashboard.page.Notice;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.Text;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `/ui/deliveries`: webhook deliveries with their last response, one with all its attempts, and
/// redelivery. Thread-safe.
public final class DeliveriesPage implements Page {
  private static final String PATH = "/ui/deliveries";
  private static final Set<String> STATES = Set.of("due", "delivered", "failed");
  private static final int ROWS_MAX = 50;

  private final Deliveries deliveries;

  /// A part of the deliveries.
  ///
  /// @param state that they are in; empty: any
  /// @param subscription that they are for; empty: any
  /// @param nextUrl of the next part; empty: this is the last
  public record Listed(
      List<DeliveryRow> rows,
      String state,
      String subscription,
      Optional<String> nextUrl,
      String csrf) {
    public Listed {
      rows = List.copyOf(rows);
    }

    /// The path of this list in another state.
    public String urlOf(String other) {
      return url(other, subscription, "");
    }
  }

  /// One delivery.
  ///
  /// @param body that is sent
  public record One(DeliveryRow row, String body, String csrf) {}

  public DeliveriesPage(Deliveries deliveries) {
    this.deliveries = deliveries;
  }

  @Override
  public View view(Visit visit) {
    return switch (visit.path().size()) {
      case 0 -> list(visit);
      case 1 -> {
        var row = find(visit.path().getFirst());
        yield View.of(
            "Delivery",
            "delivery.jte",
            new One(row, new String(row.delivery().body(), UTF_8), visit.csrf()));
      }
      default -> throw Visit.unknown();
    };
  }

  private View list(Visit visit) {
    var query = visit.query();
    var state = query.text("state");
    if (state.isPresent() && !STATES.contains(state.get())) {
      throw Query.invalid("The query's 'state' is not one of due, delivered, failed.");
    }
    var subscription = query.text("subscription");
    var part = deliveries.page(subscription, state, Optional.of(query.cursor()), ROWS_MAX);
    return View.of(
        "Deliveries",
        "deliveries.jte",
        new Listed(
            part.rows(),
            state.orElse(""),
            subscription.orElse(""),
            part.next()
                .map(next -> url(state.orElse(""), subscription.orElse(""), next.toString())),
            visit.csrf()));
  }

  private static String url(String state, String subscription, String cursor) {
    var query = new StringBuilder();
    append(query, "state", state);
    append(query, "subscription", subscription);
    append(query, "cursor", cursor);
    return PATH + query;
  }

  private static void append(StringBuilder query, String name, String value) {
    if (!value.isEmpty()) {
      query
          .append(query.isEmpty() ? '?' : '&')
          .append(name)
          .append('=')
          .append(Text.encoded(value));
    }
  }

  private DeliveryRow find(String id) {
    return OperationId.parse(id)
        .flatMap(deliveries::find)
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NOT_FOUND,
                "There is no delivery of this id. A delivery has the id of its operation; its retention may be over."));
  }

  @Override
  public boolean acts(Visit visit) {
    return visit.path().size() == 2 && visit.path().getLast().equals("redeliver");
  }

  @Override
  public Outcome act(Form form) {
    var delivery = find(form.path().getFirst()).delivery();
    form.audit("delivery.redeliver", delivery.id().toString());
    if (!deliveries.redeliver(delivery)) {
      throw new ProblemException(
          ProblemType.CONFLICT, "The delivery has changed. Load its page again.");
    }
    return new Redirect(Notice.REDELIVERED.at(PATH + "/" + delivery.id()));
  }
}
