package dev.backlane.app.cli.calls;

import dev.backlane.app.process.Terminal;
import dev.backlane.client.Operation;
import dev.backlane.client.Outcome;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Waits for an operation, prints its content to the standard output or a file and its facts to the
/// standard error, and says how to continue if the wait is interrupted.
final class Results {
  private final ServerOptions options;

  Results(ServerOptions options) {
    this.options = options;
  }

  /// Waits and prints.
  ///
  /// @param timeout how long to wait
  /// @param file where the content goes; empty: the standard output
  /// @return the exit code
  int await(Operation operation, Duration timeout, Optional<Path> file)
      throws IOException, InterruptedException {
    var hint = new Thread(() -> options.err().println(interrupted(operation)), "resume-hint");
    Runtime.getRuntime().addShutdownHook(hint);
    Outcome outcome;
    try (var line = new LiveLine(options.err(), Terminal.attached() && !options.json())) {
      outcome = operation.await(timeout, line::show);
    } finally {
      removeHook(hint);
    }
    return print(operation.id(), outcome, file);
  }

  private static void removeHook(Thread hint) {
    try {
      Runtime.getRuntime().removeShutdownHook(hint);
    } catch (IllegalStateException stopping) {
      // The process stops, so the hook runs.
    }
  }

  private static String interrupted(Operation operation) {
    return System.lineSeparator()
        + "The operation continues. To wait for it: backlane wait "
        + operation.id();
  }

  /// Prints an outcome.
  int print(String id, Outcome outcome, Optional<Path> file)
      throws IOException, InterruptedException {
    return switch (outcome) {
      case Outcome.Responded(var status, var _, var body) -> {
        options.err().println(status + "  " + body.contentType());
        try (var content = body.stream();
            var out = open(file)) {
          content.transferTo(out);
        }
        yield ExitCodes.ofStatus(status);
      }
      case Outcome.Failed(var code, var message) -> {
        var shown = code.isEmpty() ? "" : " (" + code + ")";
        options.err().println("failed" + shown + ": " + message);
        yield ExitCodes.FAILED;
      }
      case Outcome.OutcomeUnknown(var message) -> {
        options.err().println(message + " Check at the API before you send the call again.");
        yield ExitCodes.OUTCOME_UNKNOWN;
      }
      case Outcome.Canceled(var message) -> {
        options.err().println("canceled: " + message);
        yield ExitCodes.FAILED;
      }
    };
  }

  /// The standard output stays open.
  private static OutputStream open(Optional<Path> file) throws IOException {
    return file.isPresent()
        ? Files.newOutputStream(file.get())
        : new FileOutputStream(FileDescriptor.out) {
          @Override
          public void close() throws IOException {
            flush();
          }
        };
  }
}
