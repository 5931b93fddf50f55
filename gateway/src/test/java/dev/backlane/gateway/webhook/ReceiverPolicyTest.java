package dev.backlane.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.gateway.seal.Seal;
import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReceiverPolicyTest {
  private static final Caller CALLER = new Caller("acme", "robot", "");
  private static final URI URL = URI.create("http://192.0.43.8/hook");

  private final MemoryStore store = new MemoryStore();
  private final Subscriptions subscriptions =
      new Subscriptions(
          store.records(),
          new Seal(
              DataKeys.openShared(
                  store.records(), MasterKeys.of(MasterKey.passing()), InstantSource.system()),
              "webhook secret"),
          List.of(),
          InstantSource.system(),
          new SecureRandom());
  private final ReceiverPolicy policy =
      new ReceiverPolicy(
          subscriptions,
          new WebhookAddresses(List.of(), (_, _) -> List.of()),
          () -> true,
          () -> "X-Visma-Signature");

  @BeforeEach
  void subscribe() {
    assertThat(
            subscriptions.register(
                CALLER.tenant(), CALLER.client(), URL, Subscription.EVENT_TYPES_DEFAULT))
        .isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Visma-Signature", "x-visma-signature", "X_Visma_Signature"})
  void refusesPairsOfTheConfiguredSignatureHeader(String name) {
    var pairs = List.of(new Header("X-Job", "1"), new Header(name, "forged"));
    assertThatThrownBy(() -> policy.subscribed(CALLER, pairs))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("'" + name + "' cannot be sent with a notification");
  }

  @Test
  void acceptsOtherPairs() {
    var pairs = List.of(new Header("X-Visma-Job", "1"));
    assertThat(policy.subscribed(CALLER, pairs))
        .isInstanceOfSatisfying(
            Notification.Subscription.class,
            notified -> assertThat(notified.headers()).isEqualTo(pairs));
  }

  @Test
  void acceptsNamesWithUnderscores() {
    assertThat(policy.atAddress(URI.create("http://my_host:8080/hook"), CALLER))
        .isEqualTo(new Notification.Address("http://my_host:8080/hook"));
  }
}
