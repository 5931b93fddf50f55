package dev.backlane.app.logging;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Collapses bursts of equal lines. The first of them is written; those that follow are counted,
/// and their number is reported when a window of time is over. While they continue, the next window
/// begins with nothing written. Memory is bounded: beyond [#KINDS_MAX] kinds of lines at the same
/// time, and for lines longer than [#CHARS_MAX], each line is written. Thread-safe.
///
/// @param <E> an event
final class Repetitions<E> {
  static final int KINDS_MAX = 256;
  static final int CHARS_MAX = 2_000;

  /// Lines that were not written.
  ///
  /// @param event the first of them
  record Count<E>(E event, long repeated) {}

  private static final class Burst<E> {
    private final E event;
    private long repeated;
    private long begunNanos;

    Burst(E event, long begunNanos) {
      this.event = event;
      this.begunNanos = begunNanos;
    }
  }

  private final long windowNanos;
  private final Map<String, Burst<E>> bursts = new LinkedHashMap<>();

  Repetitions(long windowNanos) {
    this.windowNanos = windowNanos;
  }

  /// Whether a line is to be written; otherwise it is counted.
  ///
  /// @param text what equal lines have in common
  synchronized boolean isFirst(String text, E event, long nowNanos) {
    var burst = bursts.get(text);
    if (burst != null) {
      burst.repeated++;
      return false;
    }
    if (bursts.size() < KINDS_MAX && text.length() <= CHARS_MAX) {
      bursts.put(text, new Burst<>(event, nowNanos));
    }
    return true;
  }

  /// The counts of the windows that are over.
  synchronized List<Count<E>> due(long nowNanos) {
    var counts = new ArrayList<Count<E>>();
    bursts
        .values()
        .removeIf(burst -> {
          if (nowNanos - burst.begunNanos < windowNanos) {
            return false;
          }
          if (burst.repeated == 0) {
            return true;
          }
          counts.add(new Count<>(burst.event, burst.repeated));
          burst.repeated = 0;
          burst.begunNanos = nowNanos;
          return false;
        });
    return counts;
  }

  /// The counts of all windows, which end now.
  synchronized List<Count<E>> end() {
    var counts = new ArrayList<Count<E>>();
    for (var burst : bursts.values()) {
      if (burst.repeated > 0) {
        counts.add(new Count<>(burst.event, burst.repeated));
      }
    }
    bursts.clear();
    return counts;
  }
}
