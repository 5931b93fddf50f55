package dev.backlane.app.cli.calls;

/// The exit codes of the commands that call an API.
final class ExitCodes {
  static final int DONE = 0;

  /// The operation failed or was canceled, or the server refused the request.
  static final int FAILED = 1;

  /// The upstream may or may not have executed the call.
  static final int OUTCOME_UNKNOWN = 3;

  /// The upstream responded with 4xx.
  static final int CLIENT_ERROR = 4;

  /// The upstream responded with 5xx.
  static final int SERVER_ERROR = 5;

  /// The operation has not ended in time.
  static final int NOT_ENDED = 6;

  /// The lines of `--help` that list the exit codes.
  static final String HELP =
      "Exit codes: 0 a response below 400; 4 a response 4xx; 5 a response 5xx; 1 failed, canceled or"
          + " refused; 2 wrong input; 3 the outcome is unknown; 6 not ended in time.";

  private ExitCodes() {}

  static int ofStatus(int status) {
    if (status >= 500) {
      return SERVER_ERROR;
    }
    return status >= 400 ? CLIENT_ERROR : DONE;
  }
}
