package dev.backlane.gateway.dashboard.webhooks;

import dev.backlane.gateway.admin.SubscriptionChanges;
import dev.backlane.gateway.dashboard.page.Form;
import dev.backlane.gateway.dashboard.page.Notice;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `/ui/subscriptions`: all of them, one with its last deliveries, and their changes. Thread-safe.
public final class SubscriptionsPage implements Page {
  static final String PATH = "/ui/subscriptions";

  private static final Set<String> ACTIONS =
      Set.of("rotate", "test", "enable", "disable", "delete");
  private static final int DELIVERIES_MAX = 20;

  private final Subscriptions subscriptions;
  private final SubscriptionChanges changes;
  private final Deliveries deliveries;

  /// All subscriptions.
  ///
  /// @param client and the next two: what the form contains after it was refused
  /// @param error why the form was refused; empty: it was not
  public record All(
      List<Subscription> subscriptions,
      String client,
      String tenant,
      String url,
      String error,
      String csrf) {
    public All {
      subscriptions = List.copyOf(subscriptions);
    }
  }

  /// One subscription.
  ///
  /// @param deliveries its last ones, newest first
  public record One(Subscription subscription, List<DeliveryRow> deliveries, String csrf) {
    public One {
      deliveries = List.copyOf(deliveries);
    }
  }

  /// The response to a registration or a rotation, the only one with the secret.
  ///
  /// @param rotated whether the subscription had a secret before
  public record NewSecret(Subscription subscription, boolean rotated) {
    /// The secret, to be copied by the operator.
    public String secret() {
      return subscription.secrets().getFirst().secret().value();
    }
  }

  public SubscriptionsPage(
      Subscriptions subscriptions, SubscriptionChanges changes, Deliveries deliveries) {
    this.subscriptions = subscriptions;
    this.changes = changes;
    this.deliveries = deliveries;
  }

  @Override
  public View view(Visit visit) {
    return switch (visit.path().size()) {
      case 0 -> all(visit, "", "", "", "", 200);
      case 1 -> one(changes.find(visit.path().getFirst()), visit);
      default -> throw Visit.unknown();
    };
  }

  private View all(
      Visit visit, String client, String tenant, String url, String error, int status) {
    subscriptions.refresh();
    return new View(
        "Subscriptions",
        "subscriptions.jte",
        new All(subscriptions.all(), client, tenant, url, error, visit.csrf()),
        status);
  }

  private View one(Subscription subscription, Visit visit) {
    var last =
        deliveries.page(
            Optional.of(subscription.id()), Optional.empty(), Optional.empty(), DELIVERIES_MAX);
    return View.of(
        "Subscription of " + subscription.client(),
        "subscription.jte",
        new One(subscription, last.rows(), visit.csrf()));
  }

  @Override
  public boolean acts(Visit visit) {
    var path = visit.path();
    return path.equals(List.of("create")) || path.size() == 2 && ACTIONS.contains(path.getLast());
  }

  @Override
  public Outcome act(Form form) {
    var author = new SubscriptionChanges.Author(form.operator(), form.call());
    if (form.path().size() == 1) {
      return create(form, author);
    }
    var subscription = changes.find(form.path().getFirst());
    return switch (form.path().getLast()) {
      case "rotate" -> new Shown(secret(changes.rotate(author, subscription), true));
      case "test" -> tested(author, subscription);
      case "enable" -> new Redirect(Notice.ENABLED.at(enabled(author, subscription, true)));
      case "disable" -> new Redirect(Notice.DISABLED.at(enabled(author, subscription, false)));
      default -> deleted(author, subscription);
    };
  }

  private Outcome tested(SubscriptionChanges.Author author, Subscription subscription) {
    var _ = changes.test(author, subscription);
    return new Redirect(Notice.TESTED.at(PATH + "/" + subscription.id()));
  }

  private Outcome deleted(SubscriptionChanges.Author author, Subscription subscription) {
    changes.delete(author, subscription);
    return new Redirect(Notice.DELETED.at(PATH));
  }

  private String enabled(
      SubscriptionChanges.Author author, Subscription subscription, boolean enabled) {
    var changed =
        changes.change(
            author, subscription, Optional.empty(), Optional.empty(), Optional.of(enabled));
    return PATH + "/" + changed.id();
  }

  private Outcome create(Form form, SubscriptionChanges.Author author) {
    var client = form.fields().text("client").map(String::strip);
    var tenant = form.fields().text("tenant").map(String::strip);
    var url = form.fields().text("url").map(String::strip);
    try {
      return new Shown(
          secret(changes.register(author, tenant, client, url, Optional.empty()), false));
    } catch (ProblemException refused) {
      var problem = refused.problem();
      if (problem.type().status() >= ProblemType.INTERNAL_ERROR.status()) {
        throw refused;
      }
      return new Shown(
          all(
              form.visit(),
              client.orElse(""),
              tenant.orElse(""),
              url.orElse(""),
              problem.detail(),
              problem.type().status()));
    }
  }

  private static View secret(Subscription subscription, boolean rotated) {
    return View.of("New secret", "secret.jte", new NewSecret(subscription, rotated));
  }
}
