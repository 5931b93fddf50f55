package dev.backlane.gateway.api;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.store.StoredContent;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.EntityTag;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.ResponseHead;
import dev.backlane.gateway.http.StoredBody;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Optional;

/// Sends the stored response of an operation, byte for byte (CONTRACT 1.3, 2.3). Stateless.
final class ContentResponse {
  private static final List<String> RESTORED =
      List.of(
          "Content-Type",
          "Content-Encoding",
          "Content-Disposition",
          "Content-Language",
          "Last-Modified");

  private static final int PARTIAL_CONTENT = 206;
  private static final int NOT_MODIFIED = 304;

  private ContentResponse() {}

  static void send(Call call, Operation operation, Optional<StoredContent> stored) {
    var head = call.response();
    var origin = StateDocument.response(operation.state()).orElseThrow(() -> none(operation));
    var content = stored.filter(present -> present.length() > 0).orElseThrow(() -> none(operation));
    var tag = EntityTag.of(operation.id().toString());
    if (tag.matches(call.values("If-None-Match"))) {
      describe(head, origin, tag);
      head.status(NOT_MODIFIED);
      call.respond();
      return;
    }
    switch (ByteRange.of(call, tag, content.length())) {
      case ByteRange.Whole _ -> {
        describe(head, origin, tag);
        StoredBody.send(call, content, 0, content.length());
      }
      case ByteRange.Some(long first, long last) -> {
        describe(head, origin, tag);
        head.status(PARTIAL_CONTENT);
        head.set("Content-Range", "bytes " + first + "-" + last + "/" + content.length());
        StoredBody.send(call, content, first, last - first + 1);
      }
      // A problem document has no encoding or file name of the content.
      case ByteRange.Unsatisfiable _ ->
          throw new ProblemException(
              ProblemType.RANGE_NOT_SATISFIABLE,
              "The content has " + content.length() + " bytes; ask for a range within it.",
              new Header("Content-Range", "bytes */" + content.length()));
    }
  }

  private static void describe(ResponseHead head, Response origin, EntityTag tag) {
    for (Header header : origin.headers()) {
      if (RESTORED.stream().anyMatch(header::is)) {
        head.add(header.name(), header.value());
      }
    }
    head.set(Headers.ASYNC_RESULT, Integer.toString(origin.statusCode()));
    head.set("ETag", tag.toString());
    head.set("Accept-Ranges", "bytes");
    head.set("Cache-Control", "private, no-cache");
    // The bytes are the upstream's: a browser must not guess another type than the one given.
    head.set("X-Content-Type-Options", "nosniff");
  }

  private static ProblemException none(Operation operation) {
    return new ProblemException(
        ProblemType.NO_CONTENT,
        operation.ended()
            ? "The operation ended without content. Its state has the status code."
            : "The operation has not ended yet. Read its state.");
  }
}
