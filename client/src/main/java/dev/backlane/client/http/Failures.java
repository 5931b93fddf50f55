package dev.backlane.client.http;

import java.io.IOException;
import java.net.http.HttpHeaders;

/// Makes the exceptions that users get for one action, which their messages name.
public interface Failures {
  /// The server refused a request.
  IOException refused(int status, HttpHeaders headers, byte[] body);

  /// A request got no usable response.
  IOException unanswered(IOException cause);
}
