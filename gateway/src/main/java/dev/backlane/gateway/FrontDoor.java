package dev.backlane.gateway;

import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.api.BackgroundApi;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.intake.Desk;
import dev.backlane.gateway.intake.Intake;
import dev.backlane.gateway.operator.OperatorEndpoints;
import dev.backlane.gateway.proxy.ProxyHandler;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;

/// Every request enters here and goes one of four ways. Paths are compared raw, as they were received: nothing is decoded or
/// normalised, so no spelling of a path reaches a handler that another check has not seen. Thread-safe.
///
/// ```text
/// /v1/background…            ─▶ BackgroundApi
/// /health/…, /openapi.json   ─▶ OperatorEndpoints
/// erp-api-background, Prefer: respond-async ─▶ Intake
/// everything else            ─▶ ProxyHandler
/// ```
public final class FrontDoor implements Handler {
  private final BackgroundApi api;
  private final OperatorEndpoints operator;
  private final Intake intake;
  private final ProxyHandler proxy;

  /// The four ways.
  public FrontDoor(
      BackgroundApi api, OperatorEndpoints operator, Intake intake, ProxyHandler proxy) {
    this.api = api;
    this.operator = operator;
    this.intake = intake;
    this.proxy = proxy;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws Exception {
    try {
      if (api.owns(Calls.path(request))) {
        api.answer(request, response);
      } else if (operator.answered(request, response)) {
        return;
      } else if (Desk.wantsBackground(request)) {
        intake.accept(request, response);
      } else {
        proxy.handle(request, response);
      }
    } catch (ProblemException fault) {
      Problems.send(response, fault);
    } catch (StoreException fault) {
      Problems.send(response, fault);
    } catch (CloseConnectionException | UncheckedIOException gone) {
      throw gone;
    } catch (RuntimeException broken) {
      if (response.isSent()) {
        throw broken;
      }
      Problems.send(response, broken);
    }
    if (isLast(request, response)) {
      throw new CloseConnectionException("the last answer of this connection was sent");
    }
  }

  // The web server says `Connection: close` and then waits for the next request
  // (helidon-io/helidon#12324); a client that reads to the end would wait with it.
  private static boolean isLast(ServerRequest request, ServerResponse response) {
    return request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
        || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
  }
}
