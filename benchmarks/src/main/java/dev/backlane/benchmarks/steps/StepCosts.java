package dev.backlane.benchmarks.steps;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.report.MarkdownTable;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// Measures [Steps] in a process of its own, with one thread, and prints a table. Stateless.
public final class StepCosts {
  private static final int WARMUPS = 3;
  private static final int MEASUREMENTS = 5;
  private static final TimeValue TIME = TimeValue.seconds(1);
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private StepCosts() {}

  /// Takes about 8 seconds for each step.
  ///
  /// @throws IllegalStateException if a step cannot be measured
  public static void run() {
    var options =
        new OptionsBuilder()
            .include(Steps.class.getName())
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .forks(1)
            .warmupIterations(WARMUPS)
            .warmupTime(TIME)
            .measurementIterations(MEASUREMENTS)
            .measurementTime(TIME)
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .build();
    var table = new MarkdownTable("step", "ns", "± (99.9 %)", "bytes allocated");
    try {
      for (var result : new Runner(options).run()) {
        var name = result.getParams().getBenchmark();
        var time = result.getPrimaryResult();
        var allocated = Objects.requireNonNull(result.getSecondaryResults().get(ALLOCATED), name);
        table.row(
            name.substring(name.lastIndexOf('.') + 1),
            fine(time.getScore()),
            fine(time.getScoreError()),
            whole(allocated.getScore()));
      }
    } catch (RunnerException failed) {
      throw new IllegalStateException("a step cannot be measured", failed);
    }
    System.out.println(table);
  }
}
