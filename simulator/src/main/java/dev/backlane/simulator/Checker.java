package dev.backlane.simulator;

import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Holds a history to what Backlane promises. It knows nothing of how the engine works.
final class Checker {
  /// An attempt as the outsider saw it.
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

  /// What is known of one operation.
  private static final class Course {
    @Nullable Operation last;
    boolean acknowledged;
    boolean canceledUnsent;
    int ends;
    final List<Sending> sendings = new ArrayList<>();
  }

  private final Scenario plan;
  private final History history;
  private final Map<OperationId, Course> courses = new LinkedHashMap<>();
  private final Map<Integer, Sending> sendings = new HashMap<>();
  private final List<String> violations = new ArrayList<>();

  Checker(Scenario plan, History history) {
    this.plan = plan;
    this.history = history;
  }

  /// What was broken, a sentence each.
  List<String> violations() {
    for (var event : history.events()) {
      var course = courses.computeIfAbsent(event.id(), _ -> new Course());
      switch (event) {
        case Event.Acknowledged _ -> course.acknowledged = true;
        case Event.CanceledUnsent _ -> course.canceledUnsent = true;
        case Event.Committed committed -> committed(course, committed);
        case Event.Sent sent -> sent(course, sent);
        case Event.Over over -> sending(over.number()).verdict = over.verdict();
        case Event.Lost lost -> sending(lost.number()).lost = true;
      }
    }
    courses.forEach(this::ended);
    return violations;
  }

  private Sending sending(int number) {
    var sending = sendings.get(number);
    if (sending == null) {
      throw new IllegalStateException("attempt " + number + " is over and was never sent");
    }
    return sending;
  }

  private void committed(Course course, Event.Committed committed) {
    var operation = committed.operation();
    var last = course.last;
    if (last != null && last.ended()) {
      broken(committed, "a settled operation changed to " + operation.state());
    }
    if (operation.state().attempt() > Scenario.ATTEMPTS_MAX) {
      broken(committed, "there is an attempt " + operation.state().attempt());
    }
    if (operation.ended()) {
      course.ends++;
    }
    if (operation.state() instanceof State.Finished finished
        && course.sendings.stream().noneMatch(sending -> answered(sending, finished))) {
      broken(committed, "it finished with an answer that nobody gave");
    }
    course.last = operation;
  }

  private static boolean answered(Sending sending, State.Finished finished) {
    return sending.verdict instanceof Verdict.Responded(var reply, var _)
        && reply.equals(finished.reply());
  }

  private void sent(Course course, Event.Sent sent) {
    var operation = course.last;
    if (operation == null) {
      broken(sent, "it was sent before it was stored");
      return;
    }
    if (course.canceledUnsent) {
      broken(sent, "it was sent after its caller was told that it never is");
    }
    for (var earlier : course.sendings) {
      mayFollow(operation, earlier, sent);
    }
    var sending = new Sending(sent);
    course.sendings.add(sending);
    sendings.put(sent.number(), sending);
    limits(operation, sent);
  }

  private void mayFollow(Operation operation, Sending earlier, Event.Sent sent) {
    boolean idempotent = operation.request().idempotent();
    if (earlier.open() && !history.stalled(earlier.sent.process(), sent.at(), sent.at())) {
      broken(sent, "two attempts were under way at once");
    }
    if (earlier.verdict instanceof Verdict.Responded(var reply, var retryAfter)) {
      boolean putOff =
          reply.statusCode() == 429 || reply.statusCode() == 503 && retryAfter.isPresent();
      boolean gatewayFault = reply.statusCode() >= 502 && reply.statusCode() <= 504;
      // An answer that its process did not live, or wake in time, to store is one that nobody knows
      // of.
      boolean unknown =
          !earlier.sent.process().equals(sent.process())
              || history.stalled(earlier.sent.process(), earlier.sent.at(), sent.at());
      if (!putOff && !(idempotent && (gatewayFault || unknown))) {
        broken(sent, "it was sent again after the answer " + reply.statusCode());
      }
    } else if (!idempotent) {
      broken(sent, "a " + operation.request().method() + " was sent again, which may have acted");
    }
  }

  private void limits(Operation operation, Event.Sent sent) {
    long here =
        sendings.values().stream()
            .filter(Sending::open)
            .filter(other -> other.sent.process().equals(sent.process()))
            .count();
    if (here > plan.concurrency()) {
      broken(sent, here + " attempts were under way in one process");
    }
    long ofTenant =
        sendings.values().stream()
            .filter(Sending::open)
            .filter(other -> other.sent.process().equals(sent.process()))
            .filter(other -> tenant(other.sent.id()).equals(operation.caller().tenant()))
            .count();
    if (plan.perTenant() > 0 && ofTenant > plan.perTenant()) {
      broken(sent, ofTenant + " attempts of one tenant were under way in one process");
    }
  }

  private String tenant(OperationId id) {
    return Optional.ofNullable(courses.get(id))
        .map(course -> course.last)
        .map(operation -> operation.caller().tenant())
        .orElse("");
  }

  private void ended(OperationId id, Course course) {
    if (!course.acknowledged) {
      return;
    }
    var last = course.last;
    if (last == null) {
      violations.add(id + ": it was accepted and is not there");
    } else if (course.ends != 1) {
      violations.add(id + ": it was accepted and ended " + course.ends + " times: " + last.state());
    } else if (last.state() instanceof State.Failed failed
        && failed.reason().startsWith(Lifecycle.OUTCOME_UNKNOWN)
        && course.sendings.isEmpty()
        && plan.embedded()
        && plan.crashes() == 0
        && plan.drains() == 0) {
      violations.add(id + ": its outcome is told as unknown, and it was never sent");
    }
  }

  private void broken(Event event, String what) {
    violations.add(event.id() + " at " + event.at() + ": " + what);
  }
}
