package dev.backlane.gateway.http.jetty;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Responds to requests that Jetty refuses before a handler sees them: a problem document, and the
/// connection is closed. What exactly is malformed is not repeated, since Jetty's message quotes the
/// request. Thread-safe.
final class Refusals implements Request.Handler {
  /// Seconds after which a client may try again, as a field value.
  static final String RETRY_SECONDS = "5";

  private static final Duration WRITE_MAX = Duration.ofSeconds(5);

  @Override
  public boolean handle(Request request, Response response, Callback exchange) {
    var connection = (ClientConnection) request.getConnectionMetaData().getConnection();
    int status = response.getStatus();
    byte[] document = document(status);
    var fields = response.getHeaders();
    fields.put(connection.getServer().getDateField());
    fields.put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
    fields.put(HttpHeader.CONTENT_LENGTH, document.length);
    fields.put(HttpFields.CONNECTION_CLOSE);
    if (status == HttpStatus.SERVICE_UNAVAILABLE_503) {
      fields.put(HttpHeader.RETRY_AFTER, RETRY_SECONDS);
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

  /// A problem document of a status code.
  static byte[] document(int status) {
    var type = type(status);
    var members = new LinkedHashMap<String, Object>();
    members.put("type", type.uri().toString());
    members.put("title", type.title());
    members.put("status", status);
    members.put("detail", detail(status));
    return Json.bytes(members);
  }

  private static ProblemType type(int status) {
    return switch (status) {
      case 413 -> ProblemType.PAYLOAD_TOO_LARGE;
      case 500 -> ProblemType.INTERNAL_ERROR;
      case 503 -> ProblemType.OVERLOADED;
      default -> ProblemType.INVALID_REQUEST;
    };
  }

  private static String detail(int status) {
    return switch (status) {
      case 408 -> "The request was not received in time. Send it again.";
      case 413 -> "The request's content is larger than this server accepts.";
      case 414 ->
          "The request line is longer than this server accepts. Send a long query as content.";
      case 417 -> "The only expectation that is supported is '100-continue'.";
      case 431 -> "The header fields together are longer than this server accepts. Shorten them.";
      case 500 -> "An internal error occurred; the gateway's log has the cause.";
      case 501 -> "The only transfer coding that is supported is 'chunked', applied once.";
      case 503 -> "The gateway is stopping. Try again in a moment.";
      case 505 -> "Only HTTP/1.1 is supported.";
      default -> "The request is not well-formed HTTP/1.1. It was not processed.";
    };
  }
}
