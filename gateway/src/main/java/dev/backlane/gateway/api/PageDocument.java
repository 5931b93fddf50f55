package dev.backlane.gateway.api;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.backlane.engine.memory.OverBudgetException;
import dev.backlane.engine.memory.Reservation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/// The JSON of one page of a list, the same as that of [BackgroundRequestPage]. It grows item by
/// item, so that the operations of a page need not be in memory together, and is full at
/// [#BYTES_MAX] or when no memory is left. For one thread.
final class PageDocument {
  /// The bytes at which a page ends early, 1 MiB: 200 usual operations have about 200 KiB.
  static final int BYTES_MAX = 1024 * 1024;

  /// For the operations that are read at a time, and their documents.
  private static final long READING_BYTES = 1024 * 1024;

  /// An item exists as itself, in a buffer that doubles, and in the complete document.
  private static final int COPIES = 4;

  private final Reservation memory;
  private final ByteArrayOutputStream json = new ByteArrayOutputStream();
  private int items;

  /// @param memory for the document; the caller closes it when the document has been sent
  /// @throws OverBudgetException if there is none for a page
  PageDocument(Reservation memory) {
    this.memory = memory;
    memory.require(READING_BYTES);
    json.writeBytes("{\"items\":[".getBytes(US_ASCII));
  }

  /// Adds an item.
  ///
  /// @return false if the page is full; the item was not added then. The first item is added in any
  ///     case, so that each page advances
  boolean add(BackgroundRequestStateDto item) {
    byte[] document = Json.bytes(item);
    long growth = (long) COPIES * document.length;
    if (items > 0 && (json.size() + document.length > BYTES_MAX || !memory.tryGrow(growth))) {
      return false;
    }
    if (items == 0) {
      memory.require(growth);
    } else {
      json.write(',');
    }
    json.writeBytes(document);
    items++;
    return true;
  }

  /// The number of items.
  int items() {
    return items;
  }

  /// The bytes of an average item, at least 1.
  int itemBytes() {
    return Math.max(1, json.size() / Math.max(1, items));
  }

  /// The complete document.
  byte[] complete(Optional<OperationId> next) {
    json.writeBytes("],\"nextCursor\":".getBytes(US_ASCII));
    json.writeBytes(next.map(id -> '"' + id.toString() + '"').orElse("null").getBytes(US_ASCII));
    json.write('}');
    byte[] document = json.toByteArray();
    memory.shrinkTo(2L * document.length);
    return document;
  }
}
