package dev.backlane.app.cli.calls;

import dev.backlane.app.wiring.StartException;
import dev.backlane.client.OperationException;
import dev.backlane.client.documented.ApiException;
import java.io.IOException;
import java.io.PrintWriter;

/// Runs what a command does at a server, and prints failures as one line.
final class Requests {
  /// The work of a command.
  @FunctionalInterface
  interface Work {
    int run() throws IOException, InterruptedException;
  }

  private Requests() {}

  /// @return the exit code
  /// @throws StartException if the input is not valid
  static int run(PrintWriter err, Work work) throws InterruptedException {
    try {
      return work.run();
    } catch (OperationException without) {
      err.println("backlane: " + without.getMessage());
      return switch (without.reason()) {
        case OUTCOME_UNKNOWN -> ExitCodes.OUTCOME_UNKNOWN;
        case NOT_ENDED -> ExitCodes.NOT_ENDED;
        case FAILED, CANCELED -> ExitCodes.FAILED;
      };
    } catch (ApiException refused) {
      err.println("backlane: " + refused.getMessage());
      return ExitCodes.FAILED;
    } catch (IllegalArgumentException invalid) {
      // Such as a method, a path or a header field that HTTP does not permit.
      throw new StartException(String.valueOf(invalid.getMessage()), invalid);
    } catch (IOException failed) {
      err.println("backlane: " + failed);
      return ExitCodes.FAILED;
    }
  }
}
