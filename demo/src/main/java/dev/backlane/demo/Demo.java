package dev.backlane.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;

/// Shows a background call end to end on 127.0.0.1, in this process: with a slow sample API, a
/// token issuer, the gateway with its embedded store, and a client that uses them over real HTTP.
/// Not thread-safe.
public final class Demo {
  /// How long the sample API takes to release an invoice: long enough for three polls of the state.
  public static final Duration RELEASE_TAKES = Duration.ofSeconds(3);

  private static final int SHOWN = 0;
  private static final int FAILED = 1;

  private final Gateway.Starter starter;
  private final PrintWriter out;
  private final Transcript transcript;

  /// @param starter starts the gateway
  /// @param out receives the output
  /// @param colours whether `out` shows ANSI colours
  public Demo(Gateway.Starter starter, PrintWriter out, boolean colours) {
    this.starter = starter;
    this.out = out;
    this.transcript = new Transcript(out, colours);
  }

  /// Shows all steps, then removes the temporary directory.
  ///
  /// @return the exit code: 0, or 1 if a step failed
  public int run() throws InterruptedException {
    Path folder = folder();
    try (var environment = DemoEnvironment.open(folder, RELEASE_TAKES, starter)) {
      int code = show(environment);
      if (code == SHOWN) {
        tryNext();
      }
      return code;
    } finally {
      remove(folder);
    }
  }

  /// Waits for a request to stop.
  @FunctionalInterface
  public interface Stop {
    /// Waits until a request to stop is received.
    void await() throws InterruptedException;
  }

  /// Shows all steps and keeps everything running until `stop` returns. The directory is not
  /// removed.
  ///
  /// @return as [#run]
  public int runAndKeep(Stop stop) throws InterruptedException {
    try (var environment = DemoEnvironment.open(folder(), RELEASE_TAKES, starter)) {
      int code = show(environment);
      if (code == SHOWN) {
        keep(environment);
        stop.await();
      }
      return code;
    }
  }

  private int show(DemoEnvironment environment) throws InterruptedException {
    introduce(environment);
    try (var client = new Client(transcript)) {
      new DemoScript(environment, client, transcript).run();
      return SHOWN;
    } catch (DemoFailedException notShown) {
      transcript.failed(Objects.requireNonNull(notShown.getMessage()));
      return FAILED;
    }
  }

  private void introduce(DemoEnvironment environment) {
    out.println("Backlane makes the long calls of an HTTP API run in the background.");
    out.println();
    addresses(environment);
  }

  private void addresses(DemoEnvironment environment) {
    out.println("  gateway       " + environment.gateway() + "  in front of the invoice API");
    out.println(
        "  invoice API   "
            + environment.api().url()
            + "  takes "
            + RELEASE_TAKES.toSeconds()
            + " s to release an invoice");
    out.println("  token issuer  " + environment.issuer());
    out.println("  receiver      " + environment.receiver().url() + "  the client's webhook");
    out.println("  config file   " + environment.configFile());
  }

  private void tryNext() {
    out.println();
    out.println("What to try next");
    out.println(
        "  ./backlane demo --keep             keeps all of this running and prints a curl command");
    out.println(
        "  ./backlane serve --upstream URL    runs the gateway in front of your own API: see README.md");
    out.println("  ./backlane test                    runs the whole test suite");
  }

  private void keep(DemoEnvironment environment) {
    out.println();
    out.println(
        "Still running; Ctrl-C stops it. The directory "
            + environment.configFile().getParent()
            + " is kept.");
    addresses(environment);
    out.println();
    out.println(
        "The dashboard is "
            + environment.gateway()
            + "/ui; sign in with "
            + DemoEnvironment.ADMIN_TOKEN
            + ", which is valid in this demo only.");
    out.println();
    out.println("A background call, with a token that is valid for an hour:");
    out.println();
    out.println("TOKEN=" + environment.token());
    out.println(
        "curl -i -X POST "
            + environment.gateway()
            + "/v1/invoice/1001/release -H \"Authorization: Bearer $TOKEN\" -H 'erp-api-background: none'");
    out.println(
        "curl -i \""
            + environment.gateway()
            + "/v1/background\" -H \"Authorization: Bearer $TOKEN\"");
    out.flush();
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("backlane-demo-");
    } catch (IOException refused) {
      throw new UncheckedIOException("the demo cannot create a temporary directory", refused);
    }
  }

  private static void remove(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException refused) {
      throw new UncheckedIOException(
          "the demo cannot remove its temporary directory " + folder, refused);
    }
  }
}
