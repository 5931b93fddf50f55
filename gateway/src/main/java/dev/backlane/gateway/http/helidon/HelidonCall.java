package dev.backlane.gateway.http.helidon;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ResponseHead;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A call on a connection of Helidon. The response is written to the connection directly, since
/// Helidon's own response delays a head until the first byte of content, sorts and merges header
/// fields, and adds a `Content-Length` to 204 and 304 (Helidon 4.5).
final class HelidonCall implements Call {
  private final ServerRequest request;
  private final ServerResponse helidonResponse;
  private final ConnectionContext connection;
  private final List<Header> headers;
  private final String target;
  private final ClientBody body;
  private final ResponseHead response = new ResponseHead();
  private final List<Runnable> actionsOnClientGone = new ArrayList<>();
  private boolean clientGone;
  private volatile boolean responded;
  private volatile boolean aborted;
  private boolean closing;
  private @Nullable ResponseContent content;

  HelidonCall(ServerRequest request, ServerResponse response, SlowClients slowClients) {
    this.request = request;
    this.helidonResponse = response;
    this.connection = ClientConnection.behind(response);
    this.headers = ReceivedHead.headers(request);
    this.target = ReceivedHead.target(request);
    this.body = new ClientBody(request, connection, slowClients, this::noteClientGone);
  }

  @Override
  public String method() {
    return request.prologue().method().text();
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public List<Header> headers() {
    return headers;
  }

  @Override
  public String authority() {
    return request.authority();
  }

  @Override
  public boolean secure() {
    return request.isSecure();
  }

  @Override
  public InetSocketAddress peer() {
    return (InetSocketAddress) request.remotePeer().address();
  }

  @Override
  public boolean hasBody() {
    return body.expected();
  }

  @Override
  public OptionalLong contentLength() {
    return request.headers().contains(HeaderNames.TRANSFER_ENCODING)
        ? OptionalLong.empty()
        : request.headers().contentLength();
  }

  @Override
  public InputStream body() {
    return body;
  }

  @Override
  public ResponseHead response() {
    return response;
  }

  @Override
  public void respond() {
    respond(new byte[0]);
  }

  @Override
  public void respond(byte[] bytes) {
    var framing = Framing.of(method(), response.status(), OptionalLong.of(bytes.length));
    byte[] head = head(framing);
    byte[] all = head;
    if (framing.hasContent() && bytes.length > 0) {
      all = new byte[head.length + bytes.length];
      System.arraycopy(head, 0, all, 0, head.length);
      System.arraycopy(bytes, 0, all, head.length, bytes.length);
    }
    try {
      write(all, 0, all.length);
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Override
  public OutputStream stream(OptionalLong contentLength) throws IOException {
    var framing = Framing.of(method(), response.status(), contentLength);
    byte[] head = head(framing);
    var stream = new ResponseContent(framing, this::write);
    content = stream;
    write(head, 0, head.length);
    return stream;
  }

  private byte[] head(Framing framing) {
    if (responded) {
      throw new IllegalStateException("a call has one response");
    }
    closing =
        response.closesConnection()
            || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
            || !body.ended()
                && (waitsForContinue() || contentLength().orElse(0) > UNREAD_BYTES_MAX);
    if (closing) {
      response.closeConnection();
    }
    // From here on Helidon takes the response for sent.
    ClientConnection.markSent(helidonResponse);
    responded = true;
    return framing.head(response);
  }

  private boolean waitsForContinue() {
    return request.headers().containsToken(HeaderValues.EXPECT_100) && !request.continueSent();
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    if (aborted) {
      throw new IOException("the call was aborted");
    }
    try {
      connection.dataWriter().writeNow(BufferData.create(bytes, offset, length));
    } catch (RuntimeException gone) {
      noteClientGone();
      throw new IOException("the client closed its connection", gone);
    }
  }

  @Override
  public boolean responded() {
    return responded;
  }

  /// Helidon does not report that a client is gone, so that only a read or write notices it.
  @Override
  public void onClientGone(Runnable action) {
    boolean late;
    synchronized (actionsOnClientGone) {
      late = clientGone;
      if (!late) {
        actionsOnClientGone.add(action);
      }
    }
    if (late) {
      action.run();
    }
  }

  private void noteClientGone() {
    List<Runnable> due;
    synchronized (actionsOnClientGone) {
      clientGone = true;
      due = List.copyOf(actionsOnClientGone);
      actionsOnClientGone.clear();
    }
    due.forEach(Runnable::run);
  }

  @Override
  public void abort() {
    if (!aborted) {
      aborted = true;
      SlowClients.disconnect(connection);
    }
  }

  /// Reads and discards the rest of the request.
  ///
  /// @return false if the next request on the connection cannot be found, or is not to be served
  boolean leavesConnectionUsable() {
    if (aborted || closing || content != null && !content.complete()) {
      return false;
    }
    return body.ended() || !waitsForContinue() && body.drained(UNREAD_BYTES_MAX);
  }
}
