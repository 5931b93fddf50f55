package dev.backlane.gateway.http.netty;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.util.function.BooleanSupplier;

/// Netty's encoder, which alone does not know that a response to `HEAD` has no content.
final class ResponseEncoder extends HttpResponseEncoder {
  private final BooleanSupplier head;

  ResponseEncoder(BooleanSupplier head) {
    this.head = head;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    return head.getAsBoolean() || super.isContentAlwaysEmpty(response);
  }
}
