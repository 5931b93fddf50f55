package dev.backlane.store.rocksdb;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import java.util.Optional;
import java.util.regex.Pattern;

/// Names the file of a large content. The mark at its end differs for each writer, so that one that lost its operation can
/// never write over what another has settled.
record BodyName(OperationId id, Part part, String mark) {
  private static final Pattern FILE =
      Pattern.compile("([0-9a-f-]{36})\\.(request|response)\\.([0-9a-f]{16})");

  static Optional<BodyName> parse(String file) {
    var match = FILE.matcher(file);
    if (!match.matches()) {
      return Optional.empty();
    }
    var part = match.group(2).equals("request") ? Part.REQUEST : Part.RESPONSE;
    return OperationId.parse(match.group(1)).map(id -> new BodyName(id, part, match.group(3)));
  }

  String file() {
    var part =
        switch (this.part) {
          case REQUEST -> "request";
          case RESPONSE -> "response";
        };
    return id + "." + part + "." + mark;
  }
}
