package dev.backlane.app.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;

/// The main job end to end on 127.0.0.1, in this process: a slow sample API, a token issuer, the gateway with its embedded
/// store, and a client that tells the story over real HTTP. For one thread.
public final class Demo {
  /// What the sample API takes to release an invoice: three questions for the state.
  public static final Duration RELEASE_TAKES = Duration.ofSeconds(3);

  private static final int SHOWN = 0;
  private static final int FAILED = 1;

  private final Gateway.Starter starter;
  private final PrintWriter out;
  private final Transcript transcript;

  /// @param starter starts the gateway
  /// @param out where the story is told
  /// @param colours whether `out` shows ANSI colours
  public Demo(Gateway.Starter starter, PrintWriter out, boolean colours) {
    this.starter = starter;
    this.out = out;
    this.transcript = new Transcript(out, colours);
  }

  /// Tells the story, then removes all it has made.
  ///
  /// @return the exit code: 0, or 1 if a step did not show what it must
  public int run() throws InterruptedException {
    Path folder = folder();
    try (var stage = DemoEnvironment.open(folder, RELEASE_TAKES, starter)) {
      int code = tell(stage);
      if (code == SHOWN) {
        tryNext();
      }
      return code;
    } finally {
      remove(folder);
    }
  }

  /// Waits until somebody asks the demo to end.
  @FunctionalInterface
  public interface Stop {
    /// Returns when somebody asks.
    void await() throws InterruptedException;
  }

  /// Tells the story and leaves everything running until `stop` returns. The folder stays.
  ///
  /// @return as [#run]
  public int runAndKeep(Stop stop) throws InterruptedException {
    try (var stage = DemoEnvironment.open(folder(), RELEASE_TAKES, starter)) {
      int code = tell(stage);
      if (code == SHOWN) {
        keep(stage);
        stop.await();
      }
      return code;
    }
  }

  private int tell(DemoEnvironment stage) throws InterruptedException {
    introduce(stage);
    try (var client = new Client(transcript)) {
      new DemoScript(stage, client, transcript).tell();
      return SHOWN;
    } catch (DemoFailedException notShown) {
      transcript.failed(Objects.requireNonNull(notShown.getMessage()));
      return FAILED;
    }
  }

  private void introduce(DemoEnvironment stage) {
    out.println("Backlane makes the long calls of an HTTP API run in the background.");
    out.println();
    addresses(stage);
  }

  private void addresses(DemoEnvironment stage) {
    out.println("  gateway       " + stage.gateway() + "  before the invoice API");
    out.println(
        "  invoice API   "
            + stage.api().url()
            + "  takes "
            + RELEASE_TAKES.toSeconds()
            + " s to release an invoice");
    out.println("  token issuer  " + stage.issuer());
    out.println("  receiver      " + stage.receiver().url() + "  the client's webhook");
    out.println("  config file   " + stage.configFile());
  }

  private void tryNext() {
    out.println();
    out.println("What to try next");
    out.println(
        "  ./backlane demo --keep             leaves all this running, with a curl line to play with");
    out.println(
        "  ./backlane serve --upstream URL    puts the gateway before your own API: see README.md");
    out.println("  ./backlane test                    runs the whole test suite");
  }

  private void keep(DemoEnvironment stage) {
    out.println();
    out.println("Still running; Ctrl-C ends it, and " + stage.configFile().getParent() + " stays.");
    addresses(stage);
    out.println();
    out.println(
        "The dashboard is "
            + stage.gateway()
            + "/ui; sign in with "
            + DemoEnvironment.ADMIN_TOKEN
            + ", which is good for this demo only.");
    out.println();
    out.println("A background call, with a token that is good for an hour:");
    out.println();
    out.println("TOKEN=" + stage.token());
    out.println(
        "curl -i -X POST "
            + stage.gateway()
            + "/v1/invoice/1001/release -H \"Authorization: Bearer $TOKEN\" -H 'erp-api-background: none'");
    out.println(
        "curl -i \"" + stage.gateway() + "/v1/background\" -H \"Authorization: Bearer $TOKEN\"");
    out.flush();
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("backlane-demo-");
    } catch (IOException refused) {
      throw new UncheckedIOException("the demo cannot make a temporary directory", refused);
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
