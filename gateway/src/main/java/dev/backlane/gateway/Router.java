package dev.backlane.gateway;

import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.admin.AdminApi;
import dev.backlane.gateway.api.BackgroundApi;
import dev.backlane.gateway.dashboard.Dashboard;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.ExactHead;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.intake.CallReader;
import dev.backlane.gateway.intake.Intake;
import dev.backlane.gateway.operator.OperatorEndpoints;
import dev.backlane.gateway.proxy.ProxyHandler;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.Optional;

/// Every request enters here and goes one way. Paths are compared raw, as they were received: nothing is decoded or
/// normalised, so no spelling of a path reaches a handler that another check has not seen. Thread-safe.
///
/// ```text
/// /v1/background…            ─▶ BackgroundApi
/// /admin/v1/…                ─▶ AdminApi
/// /ui…                       ─▶ Dashboard
/// /health/…, /metrics, /openapi.json ─▶ OperatorEndpoints
/// erp-api-background, Prefer: respond-async ─▶ Intake
/// everything else            ─▶ ProxyHandler
/// ```
public final class Router implements Handler {
  /// What is read of a body that no answer asked for, so that its connection can go on.
  private static final int UNREAD_BYTES_MAX = 1024 * 1024;

  private final BackgroundApi api;
  private final Operations operations;
  private final Intake intake;
  private final ProxyHandler proxy;
  private final SlowClients slowClients;

  /// The operator's ways.
  ///
  /// @param host where alone they are, and nothing else is, as `Host` names it; empty: they are on every host. Pages of the
  ///     upstream on the same host could act in the name of an operator who opens them
  public record Operations(
      OperatorEndpoints endpoints, AdminApi admin, Dashboard dashboard, Optional<String> host) {
    boolean answered(ServerRequest request, ServerResponse response) {
      boolean here = host.isEmpty() || host.get().equalsIgnoreCase(request.authority());
      var path = Calls.path(request);
      if (here && admin.owns(path)) {
        admin.answer(request, response);
      } else if (here && dashboard.owns(path)) {
        dashboard.answer(request, response);
      } else if (!endpoints.answered(request, response)) {
        if (here && host.isPresent()) {
          throw new ProblemException(
              ProblemType.NOT_FOUND, "This host is for operators. Open /ui.");
        }
        return false;
      }
      return true;
    }
  }

  /// The ways.
  ///
  /// @param slowClients bounds how long the rest of a request is waited for
  public Router(
      BackgroundApi api,
      Operations operations,
      Intake intake,
      ProxyHandler proxy,
      SlowClients slowClients) {
    this.api = api;
    this.operations = operations;
    this.intake = intake;
    this.proxy = proxy;
    this.slowClients = slowClients;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws Exception {
    try {
      ExactHead.require(request);
      dispatch(request, response);
    } catch (ProblemException fault) {
      endIfTooMuchIsUnread(request, response);
      Problems.send(response, fault);
    } catch (StoreException fault) {
      endUnlessRead(request, response);
      Problems.send(response, fault);
    } catch (CloseConnectionException | UncheckedIOException gone) {
      throw gone;
    } catch (RuntimeException broken) {
      if (response.isSent()) {
        throw broken;
      }
      endUnlessRead(request, response);
      Problems.send(response, broken);
    }
    if (isLast(request, response) || !restRead(request, response)) {
      throw new CloseConnectionException("the last answer of this connection was sent");
    }
  }

  private void dispatch(ServerRequest request, ServerResponse response) {
    if (api.owns(Calls.path(request))) {
      api.answer(request, response);
    } else if (!operations.answered(request, response)) {
      if (CallReader.wantsBackground(request)) {
        intake.accept(request, response);
      } else {
        proxy.handle(request, response);
      }
    }
  }

  // The web server says `Connection: close` and then waits for the next request
  // (helidon-io/helidon#12324); a client that reads to the end would wait with it.
  private static boolean isLast(ServerRequest request, ServerResponse response) {
    return request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
        || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
  }

  // A fault in the midst of a body leaves the connection where no next request begins.
  private static void endUnlessRead(ServerRequest request, ServerResponse response) {
    if (!request.content().consumed()) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
  }

  // What is refused before its body was read is read to its end afterwards, unless that is too
  // much. The client is told then, since it would send its next request into a closed connection.
  private static void endIfTooMuchIsUnread(ServerRequest request, ServerResponse response) {
    if (!request.content().consumed()
        && request.headers().contentLength().orElse(0) > UNREAD_BYTES_MAX) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
  }

  // Who began to read a body has read it to its end, or has said that the answer is the last one.
  private boolean restRead(ServerRequest request, ServerResponse response) {
    if (request.content().consumed()) {
      return true;
    }
    boolean heldBack =
        request.headers().containsToken(HeaderValues.EXPECT_100) && !request.continueSent();
    return !heldBack && slowClients.body(request, response).drained(UNREAD_BYTES_MAX);
  }
}
