package dev.backlane.app.cli.calls;

import dev.backlane.app.wiring.StartException;
import dev.backlane.client.OperationException;
import dev.backlane.client.documented.ApiException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;

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
  static int run(ServerOptions options, Work work) throws InterruptedException {
    var err = options.err();
    try {
      return work.run();
    } catch (OperationException without) {
      err.println("backlane: " + describe(without, options));
      return switch (without.reason()) {
        case OUTCOME_UNKNOWN -> ExitCodes.OUTCOME_UNKNOWN;
        case NOT_ENDED -> ExitCodes.NOT_ENDED;
        case FAILED, CANCELED -> ExitCodes.FAILED;
      };
    } catch (ApiException refused) {
      err.println(
          "backlane: "
              + (refused.getCode() == 0
                  ? describe(refused, options)
                  : String.valueOf(refused.getMessage())));
      return ExitCodes.FAILED;
    } catch (IllegalArgumentException invalid) {
      // Such as a method, a path or a header field that HTTP does not permit.
      throw new StartException(String.valueOf(invalid.getMessage()), invalid);
    } catch (IOException failed) {
      err.println("backlane: " + describe(failed, options));
      return ExitCodes.FAILED;
    }
  }

  private static String describe(OperationException without, ServerOptions options) {
    return without.reason() == OperationException.Reason.NOT_ENDED
        ? "operation "
            + without.operationId()
            + " has not ended in time and continues; to wait for it: backlane wait "
            + without.operationId()
            + options.repeated()
        : String.valueOf(without.getMessage());
  }

  private static String describe(IOException unsent, ServerOptions options) {
    for (Throwable cause = unsent; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return "the host of " + options.server() + " does not resolve; correct --server";
      }
    }
    if (unsent instanceof ConnectException || unsent.getCause() instanceof ConnectException) {
      return options.server()
          + " does not accept connections; start the gateway, or correct --server";
    }
    return unsent.getMessage() == null ? unsent.toString() : unsent.getMessage();
  }
}
