package dev.backlane.client;

import dev.backlane.client.documented.ApiException;
import dev.backlane.client.http.Failures;
import java.io.IOException;
import java.net.http.HttpHeaders;

/// What failed, as users of this package get it.
///
/// @param action the beginning of the message
record Requesting(String action) implements Failures {
  @Override
  public ApiException refused(int status, HttpHeaders headers, byte[] body) {
    return new ApiException(action, status, headers, body);
  }

  @Override
  public ApiException unanswered(IOException cause) {
    return new ApiException(action, cause);
  }
}
