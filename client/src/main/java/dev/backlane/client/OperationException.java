package dev.backlane.client;

import java.io.IOException;

/// An operation has no response of the upstream to return, at least not in time.
public final class OperationException extends IOException {
  private static final long serialVersionUID = 1;

  private final String operationId;
  private final Reason reason;

  /// Why there is no response.
  public enum Reason {
    /// The operation failed, and the upstream did not execute it or its response is lost. The call
    /// may be sent again, as a new operation.
    FAILED,
    /// The upstream may or may not have executed the call. Check there before the call is sent
    /// again: repeating it could, for example, post an invoice twice.
    OUTCOME_UNKNOWN,
    /// It was canceled.
    CANCELED,
    /// It had not ended when the time was over. It continues, and its result can still be read with
    /// [Backlane#resume].
    NOT_ENDED
  }

  OperationException(String operationId, Reason reason, String message) {
    super(message);
    this.operationId = operationId;
    this.reason = reason;
  }

  /// The id of the operation.
  public String operationId() {
    return operationId;
  }

  /// Why there is no response.
  public Reason reason() {
    return reason;
  }
}
