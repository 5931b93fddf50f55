package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;
import dev.backlane.engine.execution.permits.Concurrency;
import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.Optional;

/// `execution`: how operations are executed.
///
/// @param concurrency the maximum number of attempts in flight in this process
/// @param concurrencyPerTenant the part of `concurrency` that one tenant may use; 0: a share that
///     depends on what other tenants need
/// @param latencyTarget an attempt that takes longer lowers the concurrency of its tenant and route
///     for a while; zero: disabled
/// @param drainTimeout how long a stop waits for attempts and calls in flight
/// @param lease the time after which other nodes take over the operations of a silent node, 3 s to
///     5 min; used only with a shared store
/// @param retry the retry policy of calls that match no route; not repeatable
public record ExecutionSection(
    int concurrency,
    int concurrencyPerTenant,
    Duration latencyTarget,
    Duration drainTimeout,
    Duration lease,
    RetryPolicy retry) {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  static final Section SECTION = Section.of("How operations are executed.");

  private static final Setting<Integer> CONCURRENCY =
      SECTION.add(
          Setting.of(
                  "execution.concurrency",
                  Types.wholeNumber(1, 10_000),
                  "The maximum number of attempts in flight at each node. After a 429 or 503, or an"
                      + " attempt over execution.latency-target, fewer attempts of that tenant and"
                      + " route run at the same time; other tenants and routes keep theirs.")
              .byDefault("64")
              .reloaded());
  private static final Setting<Integer> CONCURRENCY_PER_TENANT =
      SECTION.add(
          Setting.of(
                  "execution.concurrency-per-tenant",
                  Types.wholeNumber(0, 10_000),
                  "The part of execution.concurrency that one tenant may use. 0 shares it by need:"
                      + " a tenant alone may use all but one eighth (at least 1), which stays free"
                      + " for others; while other tenants wait, no tenant starts more attempts than"
                      + " an equal share. With auth.mode none there is one tenant, which may use"
                      + " all.")
              .byDefault("0")
              .reloaded());
  private static final Setting<Duration> LEASE =
      SECTION.add(
          Setting.of(
                  "execution.lease",
                  Types.duration(Duration.ofSeconds(3), Duration.ofMinutes(5)),
                  "With store.kind postgres: other nodes take over the operations of a node that"
                      + " has been silent for this time. A shorter lease detects a failed node"
                      + " sooner, and more often mistakes a paused node for a failed one.")
              .byDefault("10s"));
  private static final Setting<Integer> MAX_ATTEMPTS =
      SECTION.add(
          Setting.of(
                  "execution.max-attempts",
                  RoutesSection.attempts(),
                  "The maximum number of attempts of one operation. An attempt that did not reach"
                      + " the upstream does not count: it is repeated until"
                      + " execution.max-duration, at most a minute apart.")
              .byDefault("5")
              .reloaded());
  private static final Setting<Duration> MAX_DURATION =
      SECTION.add(
          Setting.of(
                  "execution.max-duration",
                  RoutesSection.durationOfOperation(),
                  "No attempt starts later than this after the call was received; an operation that"
                      + " was not sent by then ends Failed.")
              .byDefault("24h")
              .reloaded());
  private static final Setting<Duration> DRAIN_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "execution.drain-timeout",
                  Types.duration(Duration.ZERO, DAY),
                  "After SIGTERM and server.shutdown-delay: how long the process waits for attempts and"
                      + " calls in flight; the rest is aborted. The supervisor must grant"
                      + " server.shutdown-delay, this time and 30 s (docs/operating.md).")
              .byDefault("10m")
              .reloaded());
  private static final Setting<Duration> BACKOFF_INITIAL =
      SECTION.add(
          Setting.of(
                  "execution.backoff-initial",
                  Types.duration(MILLI, HOUR),
                  "The longest wait before the second attempt; it doubles with each further"
                      + " attempt.")
              .byDefault("1s")
              .reloaded());
  private static final Setting<Duration> BACKOFF_MAX =
      SECTION.add(
          Setting.of(
                  "execution.backoff-max",
                  Types.duration(MILLI, DAY),
                  "The longest wait before any attempt.")
              .byDefault("5m")
              .reloaded());
  private static final Setting<Duration> RETRY_AFTER_MAX =
      SECTION.add(
          Setting.of(
                  "execution.retry-after-max",
                  Types.duration(Duration.ZERO, Duration.ofDays(7)),
                  "The longest wait that an upstream can request with Retry-After.")
              .byDefault("1h")
              .reloaded());
  private static final Setting<Duration> LATENCY_TARGET =
      SECTION.add(
          Setting.of(
                  "execution.latency-target",
                  Types.duration(Duration.ZERO, DAY),
                  "If an attempt takes longer, fewer attempts of its tenant and route run at the"
                      + " same time for a while, as after a 429 or 503 of the upstream. 0ms disables"
                      + " this.")
              .byDefault("0ms")
              .reloaded());

  /// The limits of attempts in flight.
  ///
  /// @param manyTenants whether callers belong to different tenants
  public Concurrency concurrency(boolean manyTenants) {
    return new Concurrency(concurrency, concurrencyPerTenant, manyTenants, latencyTarget);
  }

  static void check(Values values) {
    Optional<Duration> initial = values.find(BACKOFF_INITIAL);
    Optional<Duration> max = values.find(BACKOFF_MAX);
    if (initial.isPresent() && max.isPresent() && initial.get().compareTo(max.get()) > 0) {
      values.problem(
          BACKOFF_INITIAL,
          values.isGiven(BACKOFF_INITIAL) ? BACKOFF_INITIAL : BACKOFF_MAX,
          Types.show(initial.get())
              + " is longer than execution.backoff-max "
              + Types.show(max.get()),
          "decrease it, or increase execution.backoff-max");
    }
  }

  static ExecutionSection of(Values values) {
    return new ExecutionSection(
        values.get(CONCURRENCY),
        values.get(CONCURRENCY_PER_TENANT),
        values.get(LATENCY_TARGET),
        values.get(DRAIN_TIMEOUT),
        values.get(LEASE),
        retry(values));
  }

  static RetryPolicy retry(Values values) {
    return new RetryPolicy(
        values.get(MAX_ATTEMPTS),
        values.get(MAX_DURATION),
        values.get(BACKOFF_INITIAL),
        values.get(BACKOFF_MAX),
        values.get(RETRY_AFTER_MAX),
        RetryPolicy.RETRY_ON_DEFAULT,
        false);
  }
}
