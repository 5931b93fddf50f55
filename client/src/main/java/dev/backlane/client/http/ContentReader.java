package dev.backlane.client.http;

import dev.backlane.client.auth.CredentialsException;
import dev.backlane.client.support.BoundedBody;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a stored content, which never changes. If a connection fails in the middle of it, another
/// response continues where the first one ended: from there on if the server knows ranges
/// (RFC 9110 section 14), or else from the beginning, whose bytes are skipped. For one thread.
public final class ContentReader implements Pieces {
  private static final int OK = 200;
  private static final int PARTIAL_CONTENT = 206;

  private final Transport transport;
  private final String target;
  private final Failures failures;
  private final Deadline deadline;
  private final Retries retries;
  private @Nullable String etag;

  /// The bytes that were returned.
  private long offset;

  /// The bytes at the beginning of the current response that are not returned again.
  private long skip;

  private volatile HttpResponse<Chunks> current;
  private volatile boolean closed;

  private ContentReader(
      Transport transport, String target, Failures failures, Deadline deadline, Retries first)
      throws IOException, InterruptedException {
    this.transport = transport;
    this.target = target;
    this.failures = failures;
    this.deadline = deadline;
    this.retries = new Retries(transport.limits(), deadline);
    this.current = open(first);
    this.etag =
        current.headers().firstValue("ETag").filter(tag -> tag.startsWith("\"")).orElse(null);
  }

  /// Requests a content, and again while the server is away.
  ///
  /// @param target path and query
  /// @param failures makes the exceptions
  /// @param deadline for the whole content
  public static ContentReader open(
      Transport transport, String target, Failures failures, Deadline deadline)
      throws IOException, InterruptedException {
    var retries = new Retries(transport.limits(), deadline);
    return new ContentReader(transport, target, failures, deadline, retries);
  }

  /// Requests a content once; only if a connection fails in the middle, another request follows.
  public static ContentReader openOnce(Transport transport, String target, Failures failures)
      throws IOException, InterruptedException {
    var never = Deadline.never();
    return new ContentReader(transport, target, failures, never, Retries.none());
  }

  /// The status of the last response.
  public int statusCode() {
    return current.statusCode();
  }

  /// The header fields of the last response.
  public HttpHeaders headers() {
    return current.headers();
  }

  @Override
  public @Nullable List<ByteBuffer> next() throws IOException, InterruptedException {
    while (true) {
      try {
        var piece = current.body().next(timeLimit());
        if (piece == null) {
          return null;
        }
        if (skipped(piece)) {
          retries.succeeded();
          return piece;
        }
      } catch (IOException broken) {
        current.body().close();
        var failure =
            failures.unanswered(
                new IOException(
                    "it ended early, after " + offset + " bytes: " + broken.getMessage(), broken));
        if (closed) {
          throw failure;
        }
        retries.pause(failure);
        var next = open(retries);
        current = next;
        if (closed) {
          next.body().close();
        }
      }
    }
  }

  /// Skips what was returned before, and counts what is returned now.
  ///
  /// @return whether anything is left
  private boolean skipped(List<ByteBuffer> piece) {
    long left = 0;
    for (var buffer : piece) {
      int known = (int) Math.min(skip, buffer.remaining());
      buffer.position(buffer.position() + known);
      skip -= known;
      left += buffer.remaining();
    }
    offset += left;
    return left > 0;
  }

  private Duration timeLimit() {
    return Deadline.shorter(transport.limits().requestTimeout(), deadline.left());
  }

  private HttpResponse<Chunks> open(Retries retries) throws IOException, InterruptedException {
    while (true) {
      HttpResponse<Chunks> response;
      try {
        response = transport.send(request(), info -> new Chunks(), timeLimit());
      } catch (CredentialsException without) {
        if (!without.temporary()) {
          throw without;
        }
        retries.pause(without);
        continue;
      } catch (NoResponseException without) {
        var failure = failures.unanswered(without);
        if (without.permanent() && offset == 0) {
          throw failure;
        }
        retries.pause(failure);
        continue;
      }
      if (continues(response)) {
        return response;
      }
      var failure =
          failures.refused(response.statusCode(), response.headers(), document(response.body()));
      if (!Retries.temporary(response.statusCode())) {
        throw failure;
      }
      retries.pause(failure, response.headers());
    }
  }

  private HttpRequest request() {
    var request = transport.request(target).header("Accept", "*/*");
    if (offset > 0) {
      request.header("Range", "bytes=" + offset + "-");
      if (etag != null) {
        request.header("If-Range", etag);
      }
    }
    return request.build();
  }

  /// Whether a response has the bytes from [#offset] on.
  private boolean continues(HttpResponse<Chunks> response) {
    if (response.statusCode() == OK) {
      skip = offset;
      return true;
    }
    skip = 0;
    return offset > 0
        && response.statusCode() == PARTIAL_CONTENT
        && response
            .headers()
            .firstValue("Content-Range")
            .filter(range -> range.startsWith("bytes " + offset + "-"))
            .isPresent();
  }

  private byte[] document(Chunks body) throws InterruptedException {
    try {
      return body.beginning(BoundedBody.REFUSAL_BYTES_MAX, timeLimit());
    } catch (IOException incomplete) {
      // The status says enough.
      return new byte[0];
    }
  }

  @Override
  public void close() {
    closed = true;
    current.body().close();
  }
}
