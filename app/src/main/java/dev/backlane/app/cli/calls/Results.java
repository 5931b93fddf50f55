package dev.backlane.app.cli.calls;

import dev.backlane.app.process.Terminal;
import dev.backlane.client.Content;
import dev.backlane.client.Operation;
import dev.backlane.client.Outcome;
import dev.backlane.engine.store.local.DurableFiles;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
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
    boolean live = Terminal.showsErrors() && !options.json();
    return print(operation.id(), await(operation, timeout, live), file);
  }

  private Outcome await(Operation operation, Duration timeout, boolean live)
      throws IOException, InterruptedException {
    try (var line = new LiveLine(operation.id(), options.err(), live)) {
      var hint =
          new Thread(
              () -> {
                line.end();
                options.err().println(interrupted(operation));
              },
              "resume-hint");
      Runtime.getRuntime().addShutdownHook(hint);
      try {
        return line.await(operation, timeout);
      } finally {
        removeHook(hint);
      }
    }
  }

  private static void removeHook(Thread hint) {
    try {
      Runtime.getRuntime().removeShutdownHook(hint);
    } catch (IllegalStateException stopping) {
      // The process stops, so the hook runs.
    }
  }

  private String interrupted(Operation operation) {
    return "The operation continues. To wait for it: backlane wait "
        + operation.id()
        + options.repeated();
  }

  /// Prints an outcome.
  int print(String id, Outcome outcome, Optional<Path> file)
      throws IOException, InterruptedException {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("id", id);
    return switch (outcome) {
      case Outcome.Responded(var status, var _, var body) -> {
        facts.put("outcome", "responded");
        facts.put("statusCode", status);
        facts.put("contentType", body.contentType());
        report(facts, status + "  " + body.contentType());
        write(body, file);
        yield ExitCodes.ofStatus(status);
      }
      case Outcome.Failed(var errorCode, var message) -> {
        facts.put("outcome", "failed");
        facts.put("errorCode", errorCode);
        facts.put("message", message);
        report(
            facts, "failed" + (errorCode.isEmpty() ? "" : " (" + errorCode + ")") + ": " + message);
        yield ExitCodes.FAILED;
      }
      case Outcome.OutcomeUnknown(var message) -> {
        facts.put("outcome", "unknown");
        facts.put("message", message);
        report(facts, message + " Check at the API before you send the call again.");
        yield ExitCodes.OUTCOME_UNKNOWN;
      }
      case Outcome.Canceled(var message) -> {
        facts.put("outcome", "canceled");
        facts.put("message", message);
        report(facts, "canceled: " + message);
        yield ExitCodes.FAILED;
      }
    };
  }

  private void report(Map<String, Object> facts, String line) {
    options.err().println(options.json() ? Lines.json(facts) : line);
  }

  private static void save(InputStream content, Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // A device or a pipe.
      try (var out = Files.newOutputStream(file)) {
        content.transferTo(out);
      }
    } else {
      // Replaced only when the content is complete.
      DurableFiles.write(file, content);
    }
  }

  private static void write(Content body, Optional<Path> file)
      throws IOException, InterruptedException {
    try (var content = body.stream()) {
      if (file.isPresent()) {
        save(content, file.get());
        return;
      }
      // Not closed: the standard output stays open.
      var out = new LastByte(new FileOutputStream(FileDescriptor.out));
      content.transferTo(out);
      if (Terminal.showsOutput() && out.last != '\n') {
        out.write('\n');
      }
      out.flush();
    }
  }

  /// Knows the last byte, since the prompt of a shell should begin on a line of its own.
  private static final class LastByte extends FilterOutputStream {
    private int last = '\n';

    LastByte(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      if (length > 0) {
        last = bytes[offset + length - 1];
      }
    }
  }
}
