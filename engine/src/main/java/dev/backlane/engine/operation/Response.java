package dev.backlane.engine.operation;

import java.util.List;
import java.util.Optional;

/// The upstream's response, without its body.
///
/// @param statusCode HTTP status, 200 to 599
/// @param headers the header fields received, without hop-by-hop headers
/// @param contentLength bytes of the body as stored; 0 if there is none
public record Response(int statusCode, List<Header> headers, long contentLength) {
  public Response {
    headers = List.copyOf(headers);
  }

  /// The first value of a header.
  public Optional<String> header(String name) {
    return headers.stream().filter(header -> header.is(name)).map(Header::value).findFirst();
  }
}
