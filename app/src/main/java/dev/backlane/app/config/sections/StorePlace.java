package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.PostgresUrl;
import dev.backlane.app.config.reader.ValueType;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/// The location of a store, as given on the command line.
public sealed interface StorePlace {
  /// The accepted forms of a location.
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
  /// @param url in the form of JDBC, without user and password
  record Postgres(String url) implements StorePlace {
    @Override
    public String toString() {
      return "postgres:" + url.replaceFirst("^jdbc:", "").replaceFirst("\\?.*", "");
    }
  }

  /// The text is not the location of a store.
  final class WrongPlaceException extends Exception {
    private static final long serialVersionUID = 1L;

    WrongPlaceException(String message) {
      super(message);
    }
  }

  /// @throws WrongPlaceException with the problem and its fix, without the text, which may contain
  ///     a password
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
      throw new WrongPlaceException("does not begin with a known kind of store; give " + EXPECTED);
    }
    try {
      return new Postgres(PostgresUrl.type().parser().parse(url));
    } catch (ValueType.WrongValueException wrong) {
      throw new WrongPlaceException(
          "has a URL that " + wrong.getMessage() + "; give " + PostgresUrl.type().expected());
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
