package dev.backlane.simulator;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// All events, in order.
final class History {
  /// A process that was suspended.
  record Stall(String process, Instant from, Instant until) {}

  private final List<Event> events = new ArrayList<>();
  private final List<Stall> stalls = new ArrayList<>();

  void add(Event event) {
    events.add(event);
  }

  void add(Stall stall) {
    stalls.add(stall);
  }

  List<Event> events() {
    return events;
  }

  /// Whether a process was suspended at any time from `from` to `to`.
  boolean stalled(String process, Instant from, Instant to) {
    return stalls.stream()
        .anyMatch(stall ->
            stall.process().equals(process)
                && !to.isBefore(stall.from())
                && !from.isAfter(stall.until()));
  }
}
