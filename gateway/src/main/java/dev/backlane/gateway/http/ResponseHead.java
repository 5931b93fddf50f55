package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Status and header fields of a response, filled by handlers and sent by [Call]. The adapter adds
/// the framing fields (`Content-Length`, `Transfer-Encoding`), which handlers do not set, and
/// `Date` if it is missing. For one thread at a time.
public final class ResponseHead {
  private int status = 200;
  private Optional<String> reason = Optional.empty();
  private final List<Header> headers = new ArrayList<>();

  /// The status code; 200 if unset.
  public int status() {
    return status;
  }

  /// Sets the status code, and the standard reason phrase with it.
  public ResponseHead status(int code) {
    return status(code, Optional.empty());
  }

  /// Sets the status code and a reason phrase.
  ///
  /// @param phrase empty: the standard one of the code
  public ResponseHead status(int code, Optional<String> phrase) {
    status = code;
    reason = phrase;
    return this;
  }

  /// The reason phrase to send; empty: the standard one.
  public Optional<String> reason() {
    return reason;
  }

  /// The fields so far, in the order in which they are sent: an unmodifiable view.
  public List<Header> headers() {
    return Collections.unmodifiableList(headers);
  }

  /// Replaces all fields of a name by one.
  public ResponseHead set(String name, String value) {
    return remove(name).add(name, value);
  }

  /// Removes all fields of a name.
  public ResponseHead remove(String name) {
    headers.removeIf(field -> field.is(name));
    return this;
  }

  /// Appends a field, also if there is one of the same name.
  public ResponseHead add(String name, String value) {
    headers.add(new Header(name, value));
    return this;
  }

  /// Makes this the last response of its connection: adds `Connection: close`.
  public ResponseHead closeConnection() {
    return set("Connection", "close");
  }

  /// Whether this is the last response of its connection.
  public boolean closesConnection() {
    for (Header field : headers) {
      if (field.is("Connection") && field.value().equalsIgnoreCase("close")) {
        return true;
      }
    }
    return false;
  }
}
