package dev.backlane.gateway.api;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.EntityTag;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.StoredBody;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Optional;

/// Gives a client the stored answer of its operation, byte for byte (CONTRACT 1.3, 2.3).
final class ContentResponse {
  private static final List<String> RESTORED =
      List.of(
          "Content-Type",
          "Content-Encoding",
          "Content-Disposition",
          "Content-Language",
          "Last-Modified");

  private ContentResponse() {}

  static void send(
      ServerRequest request,
      ServerResponse response,
      Operation operation,
      Optional<StoredContent> stored) {
    var reply = StateDocument.reply(operation.state()).orElseThrow(() -> none(operation));
    var content = stored.filter(present -> present.length() > 0).orElseThrow(() -> none(operation));
    var tag = EntityTag.of(operation.id().toString());
    if (tag.matches(Calls.values(request, "If-None-Match"))) {
      describe(response, reply, tag);
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    switch (ByteRange.of(request, tag, content.length())) {
      case ByteRange.Whole _ -> {
        describe(response, reply, tag);
        StoredBody.send(response, content, 0, content.length());
      }
      case ByteRange.Some(long first, long last) -> {
        describe(response, reply, tag);
        response.status(Status.PARTIAL_CONTENT_206);
        response.header("Content-Range", "bytes " + first + "-" + last + "/" + content.length());
        StoredBody.send(response, content, first, last - first + 1);
      }
      // The problem's own body is neither compressed nor named as the content is.
      case ByteRange.Unsatisfiable _ ->
          throw new ProblemException(
              ProblemType.RANGE_NOT_SATISFIABLE,
              "The content has " + content.length() + " bytes; ask for a range within it.",
              new Header("Content-Range", "bytes */" + content.length()));
    }
  }

  private static void describe(ServerResponse response, Response reply, EntityTag tag) {
    for (Header header : reply.headers()) {
      if (RESTORED.stream().anyMatch(header::is)) {
        StoredBody.add(response, header);
      }
    }
    response.header(Headers.ASYNC_RESULT, Integer.toString(reply.statusCode()));
    response.header("ETag", tag.toString());
    response.header("Accept-Ranges", "bytes");
    response.header("Cache-Control", "private, no-cache");
    // The bytes are the upstream's; a browser must not take them for something that their type does
    // not say.
    response.header("X-Content-Type-Options", "nosniff");
  }

  private static ProblemException none(Operation operation) {
    return new ProblemException(
        ProblemType.NO_CONTENT,
        operation.ended()
            ? "The operation ended without a body. Its state tells the status code."
            : "The operation has not ended yet. Ask for its state.");
  }
}
