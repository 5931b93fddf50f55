package dev.backlane.app.cli;

import dev.backlane.engine.transfer.TransferProgress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/// Shows the progress of a transfer: on a terminal a bar that is redrawn, otherwise a line every
/// few seconds. Not thread-safe.
final class ProgressLine implements TransferProgress {
  private static final Duration REDRAWN_EVERY = Duration.ofMillis(100);
  private static final Duration WRITTEN_EVERY = Duration.ofSeconds(5);
  private static final int BAR_CELLS = 24;
  private static final String TO_LINE_END = "\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private Step step = Step.COPYING;
  private long begunNanos;
  private long shownNanos;
  private boolean begun;

  /// @param terminal whether the line can be redrawn
  /// @param nanoTime as [System#nanoTime]
  ProgressLine(PrintWriter out, boolean terminal, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
  }

  @Override
  public void at(Step now, Kind kind, long done, long total, long bytes) {
    long time = nanoTime.getAsLong();
    boolean first = !begun || step != now;
    if (first) {
      end();
      begun = true;
      step = now;
      begunNanos = time;
    }
    var pause = terminal ? REDRAWN_EVERY : WRITTEN_EVERY;
    // The end of a step is always shown.
    if (first || kind == Kind.RECORDS || time - shownNanos >= pause.toNanos()) {
      shownNanos = time;
      var line = line(kind, done, total, bytes, Duration.ofNanos(time - begunNanos));
      if (terminal) {
        out.print("\r" + line + TO_LINE_END);
      } else {
        out.println(line);
      }
      out.flush();
    }
  }

  private String line(Kind kind, long done, long total, long bytes, Duration passed) {
    double share = total == 0 ? 1 : (double) done / total;
    double seconds = Math.max(passed.toNanos() / 1e9, 1e-3);
    int cells = (int) (share * BAR_CELLS);
    var line = new StringBuilder();
    line.append(step == Step.COPYING ? "copying   " : "verifying ");
    if (terminal) {
      line.append('[').append("#".repeat(cells)).append("-".repeat(BAR_CELLS - cells)).append("] ");
    }
    line.append(
        String.format(
            Locale.ROOT,
            "%3d %%  %s of about %s, now %s  %s  %s/s",
            (int) (share * 100),
            Quantities.count(done),
            Quantities.count(total),
            kind.name().toLowerCase(Locale.ROOT),
            Quantities.bytes(bytes),
            Quantities.count(Math.round(done / seconds))));
    if (done > 0 && done < total) {
      long left = Math.round(seconds / done * (total - done));
      line.append("  ").append(Quantities.time(Duration.ofSeconds(left))).append(" left");
    }
    return line.toString();
  }

  /// Ends the line on a terminal.
  void end() {
    if (terminal && begun) {
      out.println();
      out.flush();
    }
  }
}
