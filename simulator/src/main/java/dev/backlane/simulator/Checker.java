package dev.backlane.simulator;

import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Checks a history against the guarantees of Backlane. Independent of the implementation of the
/// engine.
final class Checker {
  /// The longest time from the check of the time to the attempt, unless the process is suspended.
  private static final Duration START_MAX = Duration.ofSeconds(1);

  /// An observed attempt.
  private static final class Sending {
    final Event.Sent sent;
    @Nullable Verdict verdict;
    boolean lost;

    Sending(Event.Sent sent) {
      this.sent = sent;
    }

    boolean open() {
      return verdict == null && !lost;
    }
  }

  /// The observations of one operation.
  private static final class Observed {
    @Nullable Operation last;
    boolean acknowledged;
    boolean canceledUnsent;
    int ends;
    final List<Sending> sendings = new ArrayList<>();
  }

  private final Scenario scenario;
  private final History history;
  private final boolean exactClocks;
  private final Map<OperationId, Observed> observations = new LinkedHashMap<>();
  private final Map<Integer, Sending> sendings = new HashMap<>();
  private final List<String> violations = new ArrayList<>();

  /// @param exactClocks whether the nodes keep the simulated time; otherwise their deadlines differ
  Checker(Scenario scenario, History history, boolean exactClocks) {
    this.scenario = scenario;
    this.history = history;
    this.exactClocks = exactClocks;
  }

  /// The violated guarantees, one sentence each.
  List<String> violations() {
    for (var event : history.events()) {
      var observed = observations.computeIfAbsent(event.id(), _ -> new Observed());
      switch (event) {
        case Event.Acknowledged _ -> observed.acknowledged = true;
        case Event.CanceledUnsent _ -> observed.canceledUnsent = true;
        case Event.Committed committed -> committed(observed, committed);
        case Event.Sent sent -> sent(observed, sent);
        case Event.Ended ended -> sending(ended.number()).verdict = ended.verdict();
        case Event.Lost lost -> sending(lost.number()).lost = true;
      }
    }
    observations.forEach(this::checkEnd);
    return violations;
  }

  private Sending sending(int number) {
    var sending = sendings.get(number);
    if (sending == null) {
      throw new IllegalStateException("attempt " + number + " has ended and was never sent");
    }
    return sending;
  }

  private void committed(Observed observed, Event.Committed committed) {
    var operation = committed.operation();
    var last = observed.last;
    if (last != null && last.ended()) {
      violated(committed, "a settled operation changed to " + operation.state());
    }
    if (operation.state().attempt() > Scenario.ATTEMPTS_MAX) {
      violated(committed, "there is an attempt " + operation.state().attempt());
    }
    if (operation.ended()) {
      observed.ends++;
    }
    if (operation.state() instanceof State.Finished finished
        && observed.sendings.stream().noneMatch(sending -> responded(sending, finished))) {
      violated(committed, "it finished with a response that the upstream never sent");
    }
    if (operation.state() instanceof State.Failed failed && failedTooSoon(operation, failed)) {
      violated(committed, "it failed unsent before its time was over: " + failed.reason());
    }
    observed.last = operation;
  }

  private static boolean failedTooSoon(Operation operation, State.Failed failed) {
    return switch (failed.code()) {
      case UPSTREAM_UNREACHABLE, DEADLINE_EXCEEDED ->
          failed
              .endedAt()
              .isBefore(deadline(operation.id()).minus(Scenario.RETRY.backoffInitial()));
      default -> false;
    };
  }

  private static Instant deadline(OperationId id) {
    return id.receivedAt().plus(Scenario.RETRY.maxDuration());
  }

  private static boolean responded(Sending sending, State.Finished finished) {
    return sending.verdict instanceof Verdict.Responded(var response, var _)
        && response.equals(finished.response());
  }

  private void sent(Observed observed, Event.Sent sent) {
    var operation = observed.last;
    if (operation == null) {
      violated(sent, "it was sent before it was stored");
      return;
    }
    if (observed.canceledUnsent) {
      violated(sent, "it was sent after its cancel was reported as unsent");
    }
    var deadline = deadline(sent.id());
    if (exactClocks
        && sent.at().isAfter(deadline.plus(START_MAX))
        && !history.stalled(sent.process(), deadline, sent.at())) {
      violated(sent, "it was sent after its time was over");
    }
    for (var earlier : observed.sendings) {
      mayFollow(operation, earlier, sent);
    }
    var sending = new Sending(sent);
    observed.sendings.add(sending);
    sendings.put(sent.number(), sending);
    limits(operation, sent);
  }

  private void mayFollow(Operation operation, Sending earlier, Event.Sent sent) {
    boolean idempotent = operation.request().idempotent();
    if (earlier.open() && !history.stalled(earlier.sent.process(), sent.at(), sent.at())) {
      violated(sent, "two attempts were in flight at once");
    }
    if (earlier.verdict instanceof Verdict.Responded(var response, var retryAfter)) {
      boolean deferred =
          response.statusCode() == 429 || response.statusCode() == 503 && retryAfter.isPresent();
      boolean gatewayFault = response.statusCode() >= 502 && response.statusCode() <= 504;
      // A response is unknown if its process died, or was suspended, before it could store it.
      boolean unknown =
          !earlier.sent.process().equals(sent.process())
              || history.stalled(earlier.sent.process(), earlier.sent.at(), sent.at());
      if (!deferred && !(idempotent && (gatewayFault || unknown))) {
        violated(sent, "it was sent again after the response " + response.statusCode());
      }
    } else if (!idempotent) {
      violated(sent, "a " + operation.request().method() + " was sent again, which may have acted");
    }
  }

  private void limits(Operation operation, Event.Sent sent) {
    long inProcess =
        sendings.values().stream()
            .filter(Sending::open)
            .filter(other -> other.sent.process().equals(sent.process()))
            .count();
    if (inProcess > scenario.concurrency()) {
      violated(sent, inProcess + " attempts were in flight in one process");
    }
    long ofTenant =
        sendings.values().stream()
            .filter(Sending::open)
            .filter(other -> other.sent.process().equals(sent.process()))
            .filter(other -> tenant(other.sent.id()).equals(operation.caller().tenant()))
            .count();
    if (scenario.perTenant() > 0 && ofTenant > scenario.perTenant()) {
      violated(sent, ofTenant + " attempts of one tenant were in flight in one process");
    }
  }

  private String tenant(OperationId id) {
    return Optional.ofNullable(observations.get(id))
        .map(observed -> observed.last)
        .map(operation -> operation.caller().tenant())
        .orElse("");
  }

  private void checkEnd(OperationId id, Observed observed) {
    if (!observed.acknowledged) {
      return;
    }
    var last = observed.last;
    if (last == null) {
      violations.add(id + ": it was accepted and does not exist");
    } else if (observed.ends != 1) {
      violations.add(
          id + ": it was accepted and ended " + observed.ends + " times: " + last.state());
    } else if (last.state() instanceof State.Failed failed
        && failed.reason().startsWith(Lifecycle.OUTCOME_UNKNOWN)
        && observed.sendings.isEmpty()
        && scenario.embedded()
        && scenario.crashes() == 0
        && scenario.drains() == 0) {
      violations.add(id + ": its outcome is reported as unknown, and it was never sent");
    }
  }

  private void violated(Event event, String what) {
    violations.add(event.id() + " at " + event.at() + ": " + what);
  }
}
