package dev.backlane.system.launcher;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/// The program in the stub jar, which prints how it was started.
final class LaunchedProgram {
  private LaunchedProgram() {}

  /// Prints the Java version, the working directory and the arguments, one line each; exits with 7
  /// if the first is `fail`, and prints the options of the JVM too if it is `options`.
  public static void main(String[] args) {
    System.out.println("java " + Runtime.version().feature());
    System.out.println("in " + Path.of("").toAbsolutePath());
    if (args.length > 0 && args[0].equals("options")) {
      System.out.println("options " + ManagementFactory.getRuntimeMXBean().getInputArguments());
    }
    System.out.println("arguments " + List.of(args));
    if (args.length > 0 && args[0].equals("fail")) {
      System.exit(7);
    }
  }
}
