package dev.backlane.app.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Changes of messages that know lines, fields and bytes. Each byte is one `char`.
final class Mutations {
  private static final String[] BYTES = {
    "\r", "\n", "\r\n", "\0", " ", "\t", ":", ";", ",", "=", "\"", "\\", "\u000b", "\u001c",
    "\u007f", "\u0080", "\u0085", "\u00a0", "\u00e9", "\u00ff", "0", "1", "a", "%", "/", "..", "#"
  };
  private static final String[] LINE_ENDS = {"\n", "\r", "\r\r\n", "\n\r", "\0\r\n", " \r\n", ""};
  private static final String[] FIELD_CHANGES = {
    "NAME : VALUE",
    "NAME\t: VALUE",
    " NAME: VALUE",
    "NAME:VALUE",
    "NAME:\tVALUE\t",
    "NAME VALUE",
    "NAME",
    ": VALUE",
    "NAME:",
    "NAME: VALUE\r\n VALUE",
    "NAME:\r\n VALUE",
    "NAME: \u00e9VALUE",
    "N\u00e9AME: VALUE",
    "NAME: VAL\0UE",
    "NAME: VAL\rUE",
    "NAME: VAL\nUE",
    "NA ME: VALUE",
    "NAME: VALUE, VALUE",
    "NAME: VALUE\r\nNAME: VALUE",
    "NAME: \"VALUE\"",
    "NAME_: VALUE",
    "NAME: VALUE\r\nConnection: NAME",
    "NAME:: VALUE"
  };

  private final Random random;

  Mutations(Random random) {
    this.random = random;
  }

  <T> T one(T[] of) {
    return of[random.nextInt(of.length)];
  }

  /// Changes some bytes anywhere.
  String bytes(String message) {
    if (message.isEmpty()) {
      return message;
    }
    int at = random.nextInt(message.length());
    int end = Math.min(message.length(), at + 1 + random.nextInt(4));
    return switch (random.nextInt(4)) {
      case 0 -> message.substring(0, at) + one(BYTES) + message.substring(at);
      case 1 -> message.substring(0, at) + one(BYTES) + message.substring(Math.min(end, at + 1));
      case 2 -> message.substring(0, at) + message.substring(end);
      default -> message.substring(0, end) + message.substring(at);
    };
  }

  /// Ends the message early.
  String truncated(String message) {
    return message.substring(0, random.nextInt(message.length() + 1));
  }

  /// Changes, repeats, removes, or moves one line of the head.
  String lines(String message) {
    int headEnd = message.indexOf("\r\n\r\n");
    if (headEnd < 0) {
      return bytes(message);
    }
    var lines = new ArrayList<>(List.of(message.substring(0, headEnd).split("\r\n", -1)));
    int line = random.nextInt(lines.size());
    var text = lines.get(line);
    var rest = message.substring(headEnd + 2);
    switch (random.nextInt(6)) {
      case 0 -> lines.add(random.nextInt(lines.size() + 1), text);
      case 1 -> lines.remove(line);
      case 2 -> {
        lines.remove(line);
        lines.add(random.nextInt(lines.size() + 1), text);
      }
      case 3 -> {
        var head = String.join("\r\n", lines.subList(0, line + 1));
        var more = lines.subList(line + 1, lines.size());
        return head
            + one(LINE_ENDS)
            + (more.isEmpty() ? "" : String.join("\r\n", more) + "\r\n")
            + rest;
      }
      default -> lines.set(line, field(text));
    }
    return String.join("\r\n", lines) + "\r\n" + rest;
  }

  private String field(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return bytes(text);
    }
    return one(FIELD_CHANGES)
        .replace("NAME", text.substring(0, colon))
        .replace("VALUE", text.substring(colon + 1).strip());
  }

  /// Replaces the line breaks of the head.
  String lineEnds(String message) {
    int headEnd = message.indexOf("\r\n\r\n");
    return headEnd < 0
        ? message
        : message.substring(0, headEnd + 4).replace("\r\n", "\n") + message.substring(headEnd + 4);
  }
}
