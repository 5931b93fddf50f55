package dev.backlane.client;

import java.net.http.HttpHeaders;

/// How an operation has ended.
public sealed interface Outcome {
  /// The upstream responded, with any status.
  ///
  /// @param statusCode the upstream's status code
  /// @param headers the upstream's header fields
  /// @param body the upstream's content, fetched when it is read
  record Responded(int statusCode, HttpHeaders headers, Content body) implements Outcome {
    /// The status; never the header fields.
    @Override
    public String toString() {
      return "Responded[" + statusCode + "]";
    }
  }

  /// No response of the upstream can be given.
  ///
  /// @param code a word that programs can compare, such as `deadline-exceeded`; empty if the server
  ///     does not send it
  record Failed(String code, String message) implements Outcome {}

  /// The upstream may or may not have executed the call. Check there before it is sent again.
  record OutcomeUnknown(String message) implements Outcome {}

  /// The caller canceled it; the message says whether the upstream may have acted.
  record Canceled(String message) implements Outcome {}
}
