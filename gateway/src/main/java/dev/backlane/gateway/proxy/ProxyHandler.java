package dev.backlane.gateway.proxy;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.forwarding.Forwarding;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.upstream.CallOrigin;
import dev.backlane.gateway.upstream.Exchange;
import dev.backlane.gateway.upstream.NotSentException;
import dev.backlane.gateway.upstream.OutgoingBody;
import dev.backlane.gateway.upstream.OutgoingRequest;
import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import dev.backlane.gateway.upstream.RequestBodyException;
import dev.backlane.gateway.upstream.UpstreamClient;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Set;
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

  /// The connection to the upstream, the buffers of both directions, and the thread that reads the
  /// body: measured.
  private static final long BUFFERS_BYTES = 40 * 1024;

  /// Content of at most this size is read before a connection to the upstream is taken.
  private static final int READ_FIRST_BYTES_MAX = 8 * 1024;

  // RFC 9110 section 9.2.2.
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  /// The content of a request.
  ///
  /// @param atHand whether the client has sent all of it, so that it can be sent more than once
  private record Content(OutgoingBody body, boolean atHand) {}

  private final UpstreamClient client;
  private final Duration silenceMax;
  private final Forwarding forwarding;
  private final UpstreamLocations locations;

  /// @param silenceMax the longest time in which the upstream neither receives nor sends a byte,
  ///     `upstream.response-timeout`
  /// @param forwarding the header fields for the upstream
  /// @param locations those of the upstream's responses
  public ProxyHandler(
      UpstreamClient client,
      Duration silenceMax,
      Forwarding forwarding,
      UpstreamLocations locations) {
    this.client = client;
    this.silenceMax = silenceMax;
    this.forwarding = forwarding;
    this.locations = locations;
  }

  /// @throws ProblemException if the request is for a tunnel
  /// @throws UncheckedIOException if the client is gone
  @Override
  public void handle(Call call) {
    refuseTunnel(call);
    var pace = new ClientPace(PeerNetwork.of(call.peer()), call::abort);
    try (var exchange = client.proxied(pace, CallOrigin.of(call))) {
      call.onClientGone(() -> exchange.abort("the client closed its connection"));
      // A client that sends nothing of its body does not keep a connection to the upstream.
      var content = content(call, pace);
      exchange.onAdmitted(() -> call.occupy(BUFFERS_BYTES));
      pass(content, call, exchange, pace);
    } catch (ProtocolException malformed) {
      refuseMalformed(call);
    } catch (IOException gone) {
      call.abort();
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

  private void pass(Content content, Call call, Exchange exchange, ClientPace pace) {
    var request = outgoing(call, content);
    try {
      var response = exchange.send(request, silenceMax);
      pace.respond();
      if (!exchange.bodySent()) {
        call.response().closeConnection();
      }
      new ResponseRelay(response, call, pace, locations).send();
      if (!exchange.bodySent()) {
        // Another thread still reads the request, so the start of the next one is unknown.
        call.abort();
      }
    } catch (RequestBodyException unreadable) {
      if (unreadable.getCause() instanceof ProtocolException) {
        refuseMalformed(call);
      } else {
        call.abort();
      }
    } catch (IOException failed) {
      if (call.responded() || exchange.abortCause() != null) {
        LOG.debug("call aborted while its response was passed on: {}", failed.toString());
        call.abort();
      } else {
        var problem = problem(failed, exchange.statusCode());
        refuse(call, problem, !content.atHand() && !exchange.bodySent());
      }
    }
  }

  private static void refuseMalformed(Call call) {
    call.response().closeConnection();
    Problems.send(call, MALFORMED_BODY);
  }

  private OutgoingRequest outgoing(Call call, Content content) {
    boolean repeatable = content.atHand() && IDEMPOTENT.contains(call.method());
    var repeat = repeatable ? Repeat.BY_CLIENT : Repeat.NEVER;
    return new OutgoingRequest(
        call.method(), call.target(), forwarding.toUpstream(call), content.body(), repeat);
  }

  /// Reads a short body, and begins to read any other. A client that waits for `100 Continue` sends
  /// none before the upstream is asked.
  private static Content content(Call call, ClientPace pace) throws IOException {
    if (!call.hasBody()) {
      return new Content(
          call.contentLength().isPresent()
              ? new OutgoingBody.Sized(0, InputStream::nullInputStream)
              : OutgoingBody.NONE,
          true);
    }
    long length = call.contentLength().orElse(Long.MAX_VALUE);
    boolean expects = call.header("Expect").isPresent();
    if (length > READ_FIRST_BYTES_MAX || expects) {
      var body = new PacedBody(call.body(), pace);
      if (!expects) {
        body.begin();
      }
      OutgoingBody.Source source = () -> body;
      return new Content(
          call.contentLength().isPresent()
              ? new OutgoingBody.Sized(length, source)
              : new OutgoingBody.Chunked(source),
          false);
    }
    byte[] bytes = call.body().readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException("the client ended its request early");
    }
    return new Content(new OutgoingBody.Sized(length, () -> new ByteArrayInputStream(bytes)), true);
  }

  private static void refuse(Call call, Problem problem, boolean unread) {
    if (problem.type() == ProblemType.OVERLOADED) {
      call.response().set("Retry-After", BUSY_RETRY_SECONDS);
    }
    if (unread) {
      call.response().closeConnection();
    }
    Problems.send(call, problem);
  }

  private static Problem problem(IOException failed, OptionalInt status) {
    if (failed instanceof NotSentException notSent && notSent.obstacle() == Obstacle.RESOURCES) {
      return new Problem(
          ProblemType.OVERLOADED,
          "The gateway cannot open another connection to the upstream now. Try again in a moment.");
    }
    LOG.warn("call could not be passed to the upstream: {}", failed.toString());
    if (status.isPresent()) {
      return new Problem(
          ProblemType.UPSTREAM_UNREACHABLE,
          "The upstream responded with "
              + status.getAsInt()
              + ", but the head of its response is incomplete or malformed.");
    }
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
