package dev.backlane.engine.delivery;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// A notification on its way to its receiver. Immutable: a change is a new value of the next [#version()].
///
/// @param id its name, and the receiver's means to drop repeats; that of the operation whose end it tells, so that there is one
///     delivery for each end
/// @param tenant the company of the caller that asked for it
/// @param client the client that asked for it
/// @param target where it goes
/// @param eventType what it tells
/// @param body what is sent, the same in each attempt
/// @param state where it stands
/// @param attempts what was tried, oldest first; the last [#ATTEMPTS_MAX]
/// @param version counts the changes from 0; a store replaces a value only by the next version of that value
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Delivery(
    OperationId id,
    String tenant,
    String client,
    Target target,
    String eventType,
    byte[] body,
    DeliveryState state,
    List<DeliveryAttempt> attempts,
    long version) {
  /// Attempts that are kept: those of the schedule, and as many again by hand.
  public static final int ATTEMPTS_MAX = 20;

  /// Where a delivery goes.
  public sealed interface Target {}

  /// To an address that the caller gave.
  ///
  /// @param uri absolute `http` or `https` URL
  public record Address(String uri) implements Target {}

  /// To a subscription, wherever it points when the attempt is made.
  ///
  /// @param subscription its id
  /// @param headers the caller's pairs
  public record Subscribed(String subscription, List<Header> headers) implements Target {
    public Subscribed {
      headers = List.copyOf(headers);
    }
  }

  public Delivery {
    attempts = List.copyOf(attempts);
  }

  /// Names the receiver: deliveries of one receiver share its places, and its failures.
  public String receiver() {
    return switch (target) {
      case Address(var uri) -> withoutQuery(uri) + (tenant.isEmpty() ? "" : " of " + tenant);
      case Subscribed(var subscription, var _) -> subscription;
    };
  }

  // What one company's address does must not be held against another's.
  private static String withoutQuery(String uri) {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  /// Tells whether no attempt follows by itself.
  public boolean ended() {
    return !(state instanceof DeliveryState.Due);
  }

  /// Tells whether its next attempt may be made.
  public boolean isDue(Instant now) {
    return state instanceof DeliveryState.Due due && !due.dueAt().isAfter(now);
  }

  /// Throws [IllegalStateException] unless this is how a delivery begins.
  public void checkNew() {
    if (ended() || version != 0) {
      throw new IllegalStateException("not a new delivery: " + id + " version " + version);
    }
  }

  /// Throws [IllegalStateException] unless `next` may follow this.
  public void checkNext(Delivery next) {
    if (!next.id.equals(id) || next.version != version + 1) {
      throw new IllegalStateException(
          "not the next version of " + id + " " + version + ": " + next.version);
    }
  }

  /// The delivery's next version.
  public Delivery to(DeliveryState next) {
    return new Delivery(id, tenant, client, target, eventType, body, next, attempts, version + 1);
  }

  /// The delivery's next version, after an attempt.
  Delivery to(DeliveryState next, DeliveryAttempt attempt) {
    var all = new ArrayList<>(attempts);
    all.add(attempt);
    return new Delivery(
        id,
        tenant,
        client,
        target,
        eventType,
        body,
        next,
        all.subList(Math.max(0, all.size() - ATTEMPTS_MAX), all.size()),
        version + 1);
  }
}
