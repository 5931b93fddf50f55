package dev.backlane.gateway.http.jetty;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the handler of a call and ends the exchange. Thread-safe.
final class CallDispatcher extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(CallDispatcher.class);
  private static final String CHUNKED = "chunked";

  private final Duration requestTimeout;
  private volatile CallHandler handler = CallDispatcher::refuseDuringStart;

  CallDispatcher(Duration requestTimeout) {
    this.requestTimeout = requestTimeout;
  }

  private static void refuseDuringStart(Call call) {
    call.response()
        .status(ProblemType.OVERLOADED.status())
        .set("Content-Type", Problem.MEDIA_TYPE)
        .set("Retry-After", Refusals.RETRY_SECONDS);
    call.respond(
        Json.bytes(
            new Problem(
                ProblemType.OVERLOADED, "The gateway is starting. Try again in a moment.")));
  }

  void serve(CallHandler next) {
    handler = next;
  }

  @Override
  public boolean handle(Request request, Response response, Callback exchange) {
    var refusal = refusal(request);
    if (refusal.isPresent()) {
      Response.writeError(request, response, exchange, refusal.get());
      return true;
    }
    // A handler may wait for longer than a connection may be idle; reads and writes have timeouts.
    request.addIdleTimeoutListener(_ -> false);
    var call = new JettyCall(request, response, requestTimeout);
    try {
      handler.handle(call);
    } catch (UncheckedIOException clientGone) {
      LOG.debug("the client is gone: {}", clientGone.toString());
      if (call.responded()) {
        call.abort();
      }
    } catch (RuntimeException fault) {
      LOG.error("A call failed because of an internal error", fault);
      if (call.responded()) {
        call.abort();
      }
    }
    call.end(exchange);
    return true;
  }

  /// The status that refuses a transfer coding, of which Jetty accepts more than this gateway: any
  /// that comes before `chunked`, a quoted one, and with HTTP/1.0 (RFC 9112 section 6.1).
  private static Optional<Integer> refusal(Request request) {
    var codings = request.getHeaders().getFields(HttpHeader.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return Optional.empty();
    }
    if (request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1) {
      return Optional.of(HttpStatus.BAD_REQUEST_400);
    }
    boolean chunked = codings.size() == 1 && CHUNKED.equalsIgnoreCase(codings.get(0).getValue());
    return chunked ? Optional.empty() : Optional.of(HttpStatus.NOT_IMPLEMENTED_501);
  }
}
