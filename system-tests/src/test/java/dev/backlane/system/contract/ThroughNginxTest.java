package dev.backlane.system.contract;

import dev.backlane.system.support.Through;
import dev.backlane.system.support.Through.Proxies;
import org.junit.jupiter.api.Nested;

/// The contract with nginx in front of the gateway and nginx between it and the API, each
/// configured as `docs/examples` shows.
@Through(Proxies.NGINX)
final class ThroughNginxTest {
  @Nested
  final class Trigger extends TriggerContractTest {}

  @Nested
  final class Accepting extends AcceptingContractTest {}

  @Nested
  final class StoredContent extends StoredContentContractTest {}

  @Nested
  final class Content extends ContentContractTest {}

  @Nested
  final class Idempotency extends IdempotencyContractTest {}

  @Nested
  final class Watching extends WatchingContractTest {}

  @Nested
  final class Proxy extends ProxyContractTest {}
}
