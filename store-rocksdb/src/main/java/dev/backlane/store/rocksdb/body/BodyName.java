package dev.backlane.store.rocksdb.body;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import java.util.Optional;
import java.util.regex.Pattern;

/// The name of the file of a large content. Its random suffix is unique per writer, so that a
/// writer whose lease expired cannot overwrite the file of another writer.
///
/// @param mark the suffix, 16 hexadecimal digits
public record BodyName(OperationId id, Part part, String mark) {
  private static final Pattern FILE =
      Pattern.compile("([0-9a-f-]{36})\\.(request|response)\\.([0-9a-f]{16})");

  /// Parses a file name; empty if it is not the name of a content.
  public static Optional<BodyName> parse(String file) {
    var match = FILE.matcher(file);
    if (!match.matches()) {
      return Optional.empty();
    }
    var part = match.group(2).equals("request") ? Part.REQUEST : Part.RESPONSE;
    return OperationId.parse(match.group(1)).map(id -> new BodyName(id, part, match.group(3)));
  }

  /// The file name.
  public String file() {
    var part =
        switch (this.part) {
          case REQUEST -> "request";
          case RESPONSE -> "response";
        };
    return id + "." + part + "." + mark;
  }
}
