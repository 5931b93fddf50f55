package dev.backlane.store.rocksdb.body;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import java.util.Optional;
import java.util.regex.Pattern;

/// The name of the file of a large content. Its suffix differs for each writer, so that a writer
/// whose operation was taken over cannot overwrite the file of another.
public record BodyName(OperationId id, Part part, String mark) {
  private static final Pattern FILE =
      Pattern.compile("([0-9a-f-]{36})\\.(request|response)\\.([0-9a-f]{16})");

  public static Optional<BodyName> parse(String file) {
    var match = FILE.matcher(file);
    if (!match.matches()) {
      return Optional.empty();
    }
    var part = match.group(2).equals("request") ? Part.REQUEST : Part.RESPONSE;
    return OperationId.parse(match.group(1)).map(id -> new BodyName(id, part, match.group(3)));
  }

  public String file() {
    var part =
        switch (this.part) {
          case REQUEST -> "request";
          case RESPONSE -> "response";
        };
    return id + "." + part + "." + mark;
  }
}
