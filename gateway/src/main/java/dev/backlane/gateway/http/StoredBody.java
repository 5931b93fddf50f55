package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.store.content.StoredContent;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/// Sends a stored content as the body of an answer, in chunks, never whole in memory.
public final class StoredBody {
  private static final int CHUNK_BYTES = 64 * 1024;

  private StoredBody() {}

  /// Adds a header line to those of the same name that the answer has already.
  public static void add(ServerResponse response, Header header) {
    response.headers().add(HeaderValues.create(header.name(), header.value()));
  }

  /// Sends all of a content; an empty body if there is none.
  public static void send(ServerResponse response, Optional<StoredContent> content) {
    if (content.isPresent()) {
      send(response, content.get(), 0, content.get().length());
    } else {
      response.send();
    }
  }

  /// Sends `length` bytes from `offset`.
  public static void send(
      ServerResponse response, StoredContent content, long offset, long length) {
    if (length == 0) {
      response.send();
      return;
    }
    try (var in = content.open(offset)) {
      response.headers().set(HeaderValues.create(HeaderNames.CONTENT_LENGTH, length));
      try (var out = response.outputStream()) {
        copy(in, out, length);
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(
          "the client or the store broke off while a content was being sent", broken);
    }
  }

  private static void copy(InputStream in, OutputStream out, long length) throws IOException {
    byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, length)];
    long left = length;
    while (left > 0) {
      int read = in.read(chunk, 0, (int) Math.min(chunk.length, left));
      if (read < 0) {
        throw new IOException("the stored content ended " + left + " bytes early");
      }
      out.write(chunk, 0, read);
      left -= read;
    }
  }
}
