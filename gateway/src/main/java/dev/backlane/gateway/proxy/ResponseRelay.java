package dev.backlane.gateway.proxy;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.ClientPace.Direction;
import dev.backlane.gateway.forwarding.HopByHop;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.upstream.UpstreamResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/// Passes an upstream's response on to the client: the head as received except its locations, each
/// piece of the content as soon as it arrives.
final class ResponseRelay {
  private static final int BUFFER_BYTES = 16 * 1024;

  private final UpstreamResponse response;
  private final Call call;
  private final ClientPace pace;
  private final UpstreamLocations locations;

  ResponseRelay(
      UpstreamResponse response, Call call, ClientPace pace, UpstreamLocations locations) {
    this.response = response;
    this.call = call;
    this.pace = pace;
    this.locations = locations;
  }

  /// Sends the whole response.
  ///
  /// @throws IOException if the upstream's connection failed, or the client is gone
  /// @throws UncheckedIOException if the client is gone
  void send() throws IOException {
    fillHead();
    if (isAtHand()) {
      // Reads one byte more, so that the end is detected and the upstream's connection can be
      // reused.
      byte[] whole = response.body().readNBytes((int) response.contentLength().orElse(0) + 1);
      pace.waits(Direction.RESPONSE);
      call.respond(whole);
      return;
    }
    var content = call.stream(response.contentLength());
    if (response.hasBody()) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = response.body().read(buffer);
          read >= 0;
          read = response.body().read(buffer)) {
        pace.waits(Direction.RESPONSE);
        content.write(buffer, 0, read);
        pace.moved(Direction.RESPONSE, read);
      }
    }
    content.close();
  }

  // The framing sets `Content-Length`: an upstream's value next to a transfer coding is invalid
  // (RFC 9112 section 6.3).
  private void fillHead() {
    var head = call.response().status(response.statusCode(), Optional.of(response.reason()));
    for (Header field : HopByHop.endToEnd(response.headers())) {
      if (!field.is("Content-Length")) {
        head.add(field.name(), locations.of(field).value());
      }
    }
  }

  // Short content that arrived together with its head is sent together with it, in one packet.
  private boolean isAtHand() throws IOException {
    long length = response.contentLength().orElse(-1);
    return response.hasBody()
        && length >= 0
        && length <= BUFFER_BYTES
        && response.body().available() >= length;
  }
}
