package dev.backlane.gateway.proxy;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.ClientConnection;
import dev.backlane.gateway.http.Forwarding;
import dev.backlane.gateway.http.HopByHop;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.upstream.Exchange;
import dev.backlane.gateway.upstream.NotSentException;
import dev.backlane.gateway.upstream.OutgoingBody;
import dev.backlane.gateway.upstream.OutgoingRequest;
import dev.backlane.gateway.upstream.RequestBodyException;
import dev.backlane.gateway.upstream.UpstreamClient;
import dev.backlane.gateway.upstream.UpstreamResponse;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passes a call through to the upstream and its answer back, streamed both ways and otherwise untouched. Thread-safe.
public final class ProxyHandler implements Handler {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyHandler.class);
  private static final String BUSY_RETRY_SECONDS = "1";
  private static final Problem MALFORMED_BODY =
      new Problem(
          ProblemType.INVALID_REQUEST,
          "The request's body is not framed as HTTP/1.1 has it (RFC 9112 section 7.1). The upstream has had a part of it at most.");

  private final UpstreamClient client;
  private final Duration silenceMax;
  private final SlowClients slowClients;

  /// @param silenceMax the longest time that the upstream neither takes nor sends a byte, `upstream.response-timeout`
  /// @param slowClients bounds how long a body is waited for
  public ProxyHandler(UpstreamClient client, Duration silenceMax, SlowClients slowClients) {
    this.client = client;
    this.silenceMax = silenceMax;
    this.slowClients = slowClients;
  }

  /// @throws ProblemException if the request is for a tunnel
  /// @throws CloseConnectionException if the client's connection cannot go on: it is gone, the answer broke off in the midst,
  ///     or the request was not read to its end
  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    refuseTunnel(request);
    boolean last = request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
    try (var exchange = client.exchange()) {
      var outgoing = outgoing(request, response);
      UpstreamResponse answer;
      try {
        answer = exchange.send(outgoing, silenceMax);
      } catch (RequestBodyException unreadable) {
        if (unreadable.getCause() instanceof ProtocolException) {
          refuse(response, MALFORMED_BODY, true);
          return;
        }
        throw new CloseConnectionException("the client's request broke off", unreadable);
      } catch (IOException failed) {
        refuse(
            response,
            problem(failed),
            !(outgoing.body() instanceof OutgoingBody.None) && !exchange.bodySent());
        return;
      }
      relay(answer, exchange, response, last || !exchange.bodySent());
    }
  }

  // An upstream that grants it speaks no HTTP on that connection any more, which would be used for
  // the next caller's request.
  private static void refuseTunnel(ServerRequest request) {
    if (request.prologue().method().text().equals("CONNECT")) {
      throw new ProblemException(
          ProblemType.METHOD_NOT_ALLOWED,
          "Tunnels cannot be had here. Send the request itself.",
          new Header("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
          new Header("Connection", "close"));
    }
  }

  private OutgoingRequest outgoing(ServerRequest request, ServerResponse response) {
    var headers = Forwarding.added(HopByHop.ofRequest(Calls.foreignHeaders(request)), request);
    return new OutgoingRequest(
        request.prologue().method().text(),
        Calls.target(request),
        headers,
        body(request, response));
  }

  private OutgoingBody body(ServerRequest request, ServerResponse response) {
    if (request.headers().contains(HeaderNames.TRANSFER_ENCODING)) {
      return new OutgoingBody.Chunked(() -> slowClients.body(request, response));
    }
    var length = request.headers().contentLength();
    return length.isPresent()
        ? new OutgoingBody.Sized(length.getAsLong(), () -> slowClients.body(request, response))
        : OutgoingBody.NONE;
  }

  private static void relay(
      UpstreamResponse answer, Exchange exchange, ServerResponse response, boolean last) {
    try {
      new ResponseRelay(answer, ClientConnection.of(response)).send(last);
    } catch (IOException broken) {
      throw new CloseConnectionException("the upstream's answer broke off", broken);
    } catch (RuntimeException clientGone) {
      throw new CloseConnectionException("the client is gone", clientGone);
    }
    if (last || !exchange.bodySent()) {
      throw new CloseConnectionException("the last answer of this connection was sent");
    }
  }

  private static Problem problem(IOException failed) {
    if (failed instanceof NotSentException notSent && notSent.busy()) {
      return new Problem(
          ProblemType.OVERLOADED,
          "All connections to the upstream are in use. Try again in a moment.");
    }
    LOG.warn("a call could not be passed on: {}", failed.toString());
    if (failed instanceof SocketTimeoutException) {
      return new Problem(
          ProblemType.UPSTREAM_TIMEOUT,
          "The upstream did not answer in time; it may have acted. Calls that take long are meant to be made in the"
              + " background, with the header erp-api-background.");
    }
    return new Problem(
        ProblemType.UPSTREAM_UNREACHABLE,
        failed instanceof NotSentException
            ? "The upstream could not be reached, so nothing was sent to it. Try again later."
            : "The upstream broke off without a whole answer; it may have acted.");
  }

  private static void refuse(ServerResponse response, Problem problem, boolean last) {
    response.status(Status.create(problem.type().status()));
    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE));
    if (problem.type() == ProblemType.OVERLOADED) {
      response.header(HeaderValues.create(HeaderNames.RETRY_AFTER, BUSY_RETRY_SECONDS));
    }
    if (last) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    response.send(Json.bytes(problem));
  }
}
