package dev.backlane.gateway.admin;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.protocol.ProblemType;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// What operators can do with subscriptions, over the admin API and on the dashboard. Each change
/// is recorded in the audit log before it begins. A method throws [ProblemException] if the change
/// is not possible. Thread-safe.
public final class SubscriptionChanges {
  private final Subscriptions subscriptions;
  private final SubscriptionFields fields;
  private final OperatorAuthorizer authorizer;
  private final TestEvents testEvents;
  private final Supplier<Duration> rotationOverlap;

  /// An operator, and the call by which they act.
  public record Author(Operator operator, Call call) {}

  /// @param authorizer records the actions of operators
  /// @param rotationOverlap how long an old secret signs together with the new one; may change
  public SubscriptionChanges(
      Subscriptions subscriptions,
      SubscriptionFields fields,
      OperatorAuthorizer authorizer,
      TestEvents testEvents,
      Supplier<Duration> rotationOverlap) {
    this.subscriptions = subscriptions;
    this.fields = fields;
    this.authorizer = authorizer;
    this.testEvents = testEvents;
    this.rotationOverlap = rotationOverlap;
  }

  /// The subscription with an id, as stored now.
  public Subscription find(String id) {
    // Another node may have changed it a moment ago.
    subscriptions.refresh();
    return subscriptions.find(id).orElseThrow(SubscriptionChanges::none);
  }

  private static ProblemException none() {
    return new ProblemException(
        ProblemType.NOT_FOUND, "There is no subscription of this id. List the subscriptions.");
  }

  /// Registers a receiver, with a new secret.
  ///
  /// @param tenant empty: all tenants
  public Subscription register(
      Author author,
      Optional<String> tenant,
      Optional<String> client,
      Optional<String> url,
      Optional<Set<String>> eventTypes) {
    var owner = SubscriptionFields.shortText("client", client).filter(text -> !text.isEmpty());
    if (owner.isEmpty() || url.isEmpty()) {
      throw SubscriptionFields.wrong("Set 'client', as in the token, and 'url'.");
    }
    var company = SubscriptionFields.shortText("tenant", tenant).orElse("");
    var address = fields.url(url.get());
    var types = SubscriptionFields.known(eventTypes.orElse(Subscription.EVENT_TYPES_DEFAULT));
    authorizer.audit(
        author.operator(), author.call(), "subscription.create", company + "/" + owner.get());
    return subscriptions
        .register(company, owner.get(), address, types)
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.CONFLICT,
                "This client has a subscription in this tenant already. Change that one, or delete it first."));
  }

  /// Changes a subscription.
  ///
  /// @param url empty: the present one
  /// @param eventTypes empty: the present ones
  /// @param enabled empty: as it is
  public Subscription change(
      Author author,
      Subscription subscription,
      Optional<String> url,
      Optional<Set<String>> eventTypes,
      Optional<Boolean> enabled) {
    Optional<URI> address = url.map(fields::url);
    var types = eventTypes.map(SubscriptionFields::known);
    boolean rewritten = address.isPresent() || types.isPresent();
    if (rewritten) {
      refuseConfigured(subscription);
    }
    audit(author, "subscription.update", subscription);
    if (rewritten) {
      var _ =
          subscriptions
              .change(
                  subscription.id(),
                  address.orElse(subscription.url()),
                  types.orElse(subscription.eventTypes()))
              .orElseThrow(SubscriptionChanges::none);
    }
    enabled.ifPresent(enable -> {
      var _ =
          enable
              ? subscriptions.enable(subscription.id())
              : subscriptions.disable(subscription.id(), "an operator disabled it");
    });
    return find(subscription.id());
  }

  /// Replaces the secret by a new one.
  public Subscription rotate(Author author, Subscription subscription) {
    refuseConfigured(subscription);
    audit(author, "subscription.rotate", subscription);
    return subscriptions
        .rotate(subscription.id(), rotationOverlap.get())
        .orElseThrow(SubscriptionChanges::none);
  }

  /// Sends a test event.
  public Delivery test(Author author, Subscription subscription) {
    audit(author, "subscription.test", subscription);
    return testEvents.send(subscription);
  }

  /// Removes a subscription; its due deliveries fail.
  public void delete(Author author, Subscription subscription) {
    refuseConfigured(subscription);
    audit(author, "subscription.delete", subscription);
    if (!subscriptions.remove(subscription.id())) {
      throw none();
    }
  }

  private void audit(Author author, String action, Subscription subscription) {
    authorizer.audit(author.operator(), author.call(), action, subscription.id());
  }

  private static void refuseConfigured(Subscription subscription) {
    if (subscription.configured()) {
      throw new ProblemException(
          ProblemType.CONFLICT,
          "This subscription is set in the configuration file. Change it there and restart.");
    }
  }
}
