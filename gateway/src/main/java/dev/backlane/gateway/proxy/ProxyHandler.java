package dev.backlane.gateway.proxy;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.Forwarding;
import dev.backlane.gateway.http.HopByHop;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.upstream.Exchange;
import dev.backlane.gateway.upstream.NotSentException;
import dev.backlane.gateway.upstream.OutgoingBody;
import dev.backlane.gateway.upstream.OutgoingRequest;
import dev.backlane.gateway.upstream.RequestBodyException;
import dev.backlane.gateway.upstream.UpstreamClient;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passes a call to the upstream and its response back, streamed both ways and otherwise unchanged.
/// Thread-safe.
public final class ProxyHandler implements CallHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyHandler.class);
  private static final String BUSY_RETRY_SECONDS = "1";
  private static final Problem MALFORMED_BODY =
      new Problem(
          ProblemType.INVALID_REQUEST,
          "The request's content is not framed as RFC 9112 section 7.1 requires. The upstream has received part of it"
              + " at most.");

  private final UpstreamClient client;
  private final Duration silenceMax;

  /// @param silenceMax the longest time in which the upstream neither receives nor sends a byte,
  ///     `upstream.response-timeout`
  public ProxyHandler(UpstreamClient client, Duration silenceMax) {
    this.client = client;
    this.silenceMax = silenceMax;
  }

  /// @throws ProblemException if the request is for a tunnel
  /// @throws UncheckedIOException if the client is gone
  @Override
  public void handle(Call call) {
    refuseTunnel(call);
    try (var exchange = client.exchange()) {
      call.onClientGone(() -> exchange.abort("the client closed its connection"));
      pass(call, exchange);
    }
  }

  // After an upstream grants a tunnel, the connection no longer carries HTTP, but it would be
  // reused for the next caller's request.
  private static void refuseTunnel(Call call) {
    if (call.method().equals("CONNECT")) {
      throw new ProblemException(
          ProblemType.METHOD_NOT_ALLOWED,
          "Tunnels are not supported. Send the request itself.",
          new Header("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
          new Header("Connection", "close"));
    }
  }

  private void pass(Call call, Exchange exchange) {
    var request = outgoing(call);
    try {
      var response = exchange.send(request, silenceMax);
      if (!exchange.bodySent()) {
        call.response().closeConnection();
      }
      new ResponseRelay(response, call).send();
      if (!exchange.bodySent()) {
        // Another thread still reads the request, so the start of the next one is unknown.
        call.abort();
      }
    } catch (RequestBodyException unreadable) {
      if (unreadable.getCause() instanceof ProtocolException) {
        call.response().closeConnection();
        Problems.send(call, MALFORMED_BODY);
      } else {
        call.abort();
      }
    } catch (IOException failed) {
      if (call.responded() || exchange.abortCause() != null) {
        LOG.debug("call aborted while its response was passed on: {}", failed.toString());
        call.abort();
      } else {
        refuse(call, failed, call.hasBody() && !exchange.bodySent());
      }
    }
  }

  private static OutgoingRequest outgoing(Call call) {
    var headers = Forwarding.added(HopByHop.ofRequest(Forwarding.forwardable(call)), call);
    return new OutgoingRequest(call.method(), call.target(), headers, body(call));
  }

  private static OutgoingBody body(Call call) {
    var length = call.contentLength();
    if (length.isPresent()) {
      return new OutgoingBody.Sized(length.getAsLong(), call::body);
    }
    return call.hasBody() ? new OutgoingBody.Chunked(call::body) : OutgoingBody.NONE;
  }

  private static void refuse(Call call, IOException failed, boolean unread) {
    var problem = problem(failed);
    if (problem.type() == ProblemType.OVERLOADED) {
      call.response().set("Retry-After", BUSY_RETRY_SECONDS);
    }
    if (unread) {
      call.response().closeConnection();
    }
    Problems.send(call, problem);
  }

  private static Problem problem(IOException failed) {
    if (failed instanceof NotSentException notSent && notSent.busy()) {
      return new Problem(
          ProblemType.OVERLOADED,
          "All connections to the upstream are in use. Try again in a moment.");
    }
    LOG.warn("call could not be passed to the upstream: {}", failed.toString());
    if (failed instanceof SocketTimeoutException) {
      return new Problem(
          ProblemType.UPSTREAM_TIMEOUT,
          "The upstream did not respond in time; it may have acted. Make long calls in the background, with the header"
              + " erp-api-background.");
    }
    return new Problem(
        ProblemType.UPSTREAM_UNREACHABLE,
        failed instanceof NotSentException
            ? "The upstream is unreachable; nothing was sent to it. Try again later."
            : "The connection to the upstream failed before its response was complete; it may have acted.");
  }
}
