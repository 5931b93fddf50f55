package dev.backlane.app.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/// Where a store lies that a command line names.
public sealed interface StorePlace {
  /// How a place is written.
  String EXPECTED =
      "rocksdb:DIR or postgres:URL, such as postgres:postgresql://db.example/backlane";

  /// The directory of an embedded store.
  record RocksDb(Path path) implements StorePlace {
    @Override
    public String toString() {
      return "rocksdb:" + path;
    }
  }

  /// A database.
  ///
  /// @param url as JDBC has it, without user and password
  record Postgres(String url) implements StorePlace {
    @Override
    public String toString() {
      return "postgres:" + url.replaceFirst("^jdbc:", "").replaceFirst("\\?.*", "");
    }
  }

  /// A text is no place of a store.
  final class WrongPlaceException extends Exception {
    private static final long serialVersionUID = 1L;

    WrongPlaceException(String message) {
      super(message);
    }
  }

  /// @throws WrongPlaceException with what is wrong and the mend, and without the text, which may hold a password
  static StorePlace parse(String text) throws WrongPlaceException {
    if (text.startsWith("rocksdb:")) {
      return rocks(text.substring("rocksdb:".length()))
          .orElseThrow(() -> new WrongPlaceException("has no directory; give " + EXPECTED));
    }
    var url =
        text.startsWith("postgres:") && !text.startsWith("postgres://")
            ? text.substring("postgres:".length())
            : text;
    if (!text.startsWith("postgres") && !text.startsWith("jdbc:postgresql:")) {
      throw new WrongPlaceException("names no kind of store that is known; give " + EXPECTED);
    }
    try {
      return new Postgres(PostgresUrlType.type().parser().parse(url));
    } catch (ValueType.WrongValueException wrong) {
      throw new WrongPlaceException(
          "has a URL that " + wrong.getMessage() + "; give " + PostgresUrlType.type().expected());
    }
  }

  private static Optional<StorePlace> rocks(String path) {
    try {
      return path.isBlank() ? Optional.empty() : Optional.of(new RocksDb(Path.of(path)));
    } catch (InvalidPathException noPath) {
      return Optional.empty();
    }
  }
}
