package dev.backlane.gateway.http.jetty;

import dev.backlane.engine.memory.OutOfMemory;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.CallReport;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.http.RootHandler;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Runs the handler of a call and ends the exchange. Thread-safe.
final class CallDispatcher extends Handler.Abstract {
  private static final String CHUNKED = "chunked";

  private static final String NO_SPACE =
      "The connections and calls of clients occupy all memory that they may (40 % of -Xmx). Try"
          + " again later.";

  private final ClientLimits limits;
  private final RootHandler root = new RootHandler();
  private final Map<JettyCall, Long> startNanos = new ConcurrentHashMap<>();
  private volatile CallReport.Listener listener = CallReport.Listener.NONE;
  private volatile boolean closingConnections;

  CallDispatcher(ClientLimits limits) {
    this.limits = limits;
  }

  void serve(CallHandler handler, CallReport.Listener ends) {
    listener = ends;
    root.serve(call -> {
      try {
        if (!((JettyCall) call).hold(0)) {
          throw noSpace();
        }
        handler.handle(call);
      } catch (UncheckedIOException lost) {
        // Malformed or late content also fails this way; then the client gets a response.
        if (!((JettyCall) call).refuseContent()) {
          throw lost;
        }
      }
    });
  }

  /// Refuses calls from now on; those in flight continue.
  void refuse() {
    root.refuse();
  }

  /// Closes each connection after the response to its current or next request.
  void closeConnections() {
    closingConnections = true;
  }

  boolean closingConnections() {
    return closingConnections;
  }

  /// Calls in flight, from their head to the end of their response.
  int inFlight() {
    return startNanos.size();
  }

  /// How long the oldest call has been in flight; zero if none is.
  Duration oldest() {
    long now = System.nanoTime();
    return Duration.ofNanos(
        startNanos.values().stream().mapToLong(start -> now - start).max().orElse(0));
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
    var call = new JettyCall(request, response, limits, this::closingConnections);
    long begunNanos = System.nanoTime();
    startNanos.put(call, begunNanos);
    try {
      root.handle(call);
      call.end(exchange);
    } catch (Error fault) {
      // Jetty handles an error as the failure of this one request.
      OutOfMemory.endProcess(fault);
      throw fault;
    } finally {
      startNanos.remove(call);
      listener.ended(call, System.nanoTime() - begunNanos);
    }
    return true;
  }

  static ProblemException noSpace() {
    return Problems.overloaded("connections-full", NO_SPACE, new Header("Connection", "close"));
  }

  /// The status that refuses a transfer coding, of which Jetty accepts more than this gateway: any
  /// that comes before `chunked`, and all with HTTP/1.0 (RFC 9112 section 6.1).
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
