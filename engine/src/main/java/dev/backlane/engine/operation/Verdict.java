package dev.backlane.engine.operation;

import java.time.Duration;
import java.util.Optional;

/// What is known after an attempt.
public sealed interface Verdict {
  /// The upstream answered.
  ///
  /// @param retryAfter what its `Retry-After` asks for, where it has one that can be read
  record Responded(Response reply, Optional<Duration> retryAfter) implements Verdict {}

  /// The request certainly never reached the upstream: refused, no such host, TLS failed.
  record NotSent(String cause) implements Verdict {}

  /// The request may have reached the upstream, and no whole answer came.
  record Unknown(String cause) implements Verdict {}

  /// The upstream answered, and the answer cannot be kept; sending again would not help.
  record Unusable(String cause) implements Verdict {}
}
