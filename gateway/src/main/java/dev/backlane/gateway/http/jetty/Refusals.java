package dev.backlane.gateway.http.jetty;

import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.http.RequestRefusal;
import dev.backlane.protocol.Problem;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/// Responds to requests that Jetty refuses before a handler sees them: a problem document, and the
/// connection is closed. Jetty's own message is not sent, since it quotes the request. Thread-safe.
final class Refusals implements Request.Handler {
  private static final Duration WRITE_MAX = Duration.ofSeconds(5);

  /// In the message of Jetty's exception for a stream that ends within a head.
  private static final String EARLY_END = "Early EOF";

  @Override
  public boolean handle(Request request, Response response, Callback exchange) {
    var connection = (ClientConnection) request.getConnectionMetaData().getConnection();
    if (isIncomplete(request)) {
      // The head is incomplete and its client has closed: no response, so that many at once cost
      // little.
      exchange.failed(new EofException("the client closed its connection"));
      return true;
    }
    // Jetty's response to the preface of HTTP/2.
    int status =
        response.getStatus() == HttpStatus.UPGRADE_REQUIRED_426
            ? HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505
            : response.getStatus();
    response.setStatus(status);
    byte[] document = RequestRefusal.document(status);
    var fields = response.getHeaders();
    fields.put(connection.getServer().getDateField());
    fields.put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
    fields.put(HttpHeader.CONTENT_LENGTH, document.length);
    fields.put(HttpFields.CONNECTION_CLOSE);
    if (status == HttpStatus.SERVICE_UNAVAILABLE_503) {
      fields.put(HttpHeader.RETRY_AFTER, Problems.OVERLOADED_RETRY_SECONDS);
    }
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    var written = new Callback.Completable();
    response.write(true, ByteBuffer.wrap(head ? new byte[0] : document), written);
    try {
      written.get(WRITE_MAX.toMillis(), TimeUnit.MILLISECONDS);
      connection.linger();
      exchange.succeeded();
    } catch (ExecutionException | TimeoutException gone) {
      exchange.failed(gone);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      exchange.failed(stopping);
    }
    return true;
  }

  /// Whether the stream ended within the head. A client may have ended it after a malformed one.
  private static boolean isIncomplete(Request request) {
    return request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof Throwable cause
        && String.valueOf(cause.getMessage()).contains(EARLY_END);
  }
}
