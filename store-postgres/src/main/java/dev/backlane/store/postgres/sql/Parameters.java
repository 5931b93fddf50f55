package dev.backlane.store.postgres.sql;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Sets the parameters of a statement, in order. A column of values is passed as one array, which
/// the statement expands with `unnest`, so that its text is the same for any number of rows. For
/// one thread.
public final class Parameters {
  private final PreparedStatement statement;
  private int index;

  public Parameters(PreparedStatement statement) {
    this.statement = statement;
  }

  public static UUID uuid(OperationId id) {
    return new UUID(id.high(), id.low());
  }

  public static OperationId id(UUID uuid) {
    return new OperationId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
  }

  /// A time in microseconds since 1970, as the database stores it, rounded down.
  public static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  /// A time in microseconds since 1970, rounded up, for a time before which an action must not
  /// happen.
  public static long microsNotBefore(Instant time) {
    long micros = micros(time);
    return instant(micros).isBefore(time) ? micros + 1 : micros;
  }

  /// When an operation becomes due; 0 if it is not queued.
  public static long dueMicros(State state) {
    return switch (state) {
      case State.Queued queued -> microsNotBefore(queued.dueAt());
      case State.Held _ -> NEVER_MICROS;
      case State.Running _, State.Ended _ -> 0;
    };
  }

  /// The due time of an operation that is held, in the year 9999.
  public static final long NEVER_MICROS = 253_402_300_799_000_000L;

  public static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  public Parameters id(OperationId id) throws SQLException {
    statement.setObject(++index, uuid(id));
    return this;
  }

  public Parameters uuid(@Nullable UUID uuid) throws SQLException {
    statement.setObject(++index, uuid, Types.OTHER);
    return this;
  }

  public Parameters number(long number) throws SQLException {
    statement.setLong(++index, number);
    return this;
  }

  public Parameters optional(Optional<Long> number) throws SQLException {
    statement.setObject(++index, number.orElse(null), Types.BIGINT);
    return this;
  }

  public Parameters count(int count) throws SQLException {
    statement.setInt(++index, count);
    return this;
  }

  public Parameters text(String text) throws SQLException {
    statement.setString(++index, text);
    return this;
  }

  public Parameters bytes(byte[] bytes) throws SQLException {
    statement.setBytes(++index, bytes);
    return this;
  }

  /// A column of identifiers.
  public <T> Parameters uuids(List<T> rows, Function<T, @Nullable UUID> value) throws SQLException {
    return array("uuid", rows.stream().map(value).toArray());
  }

  public Parameters ids(List<OperationId> ids) throws SQLException {
    return uuids(ids, Parameters::uuid);
  }

  /// A column of whole numbers.
  public <T> Parameters numbers(List<T> rows, Function<T, @Nullable Long> value)
      throws SQLException {
    return array("bigint", rows.stream().map(value).toArray(Long[]::new));
  }

  /// A column of texts.
  public <T> Parameters texts(List<T> rows, Function<T, @Nullable String> value)
      throws SQLException {
    return array("text", rows.stream().map(value).toArray(String[]::new));
  }

  /// A column of bytes.
  public <T> Parameters bytes(List<T> rows, Function<T, byte @Nullable []> value)
      throws SQLException {
    return array("bytea", rows.stream().map(value).toArray(byte[][]::new));
  }

  /// Runs a statement that returns the ids of the rows it wrote.
  public Set<OperationId> written() throws SQLException {
    var ids = new HashSet<OperationId>();
    try (var row = statement.executeQuery()) {
      while (row.next()) {
        ids.add(id(row.getObject(1, UUID.class)));
      }
    }
    return ids;
  }

  private Parameters array(String type, Object[] values) throws SQLException {
    statement.setArray(++index, statement.getConnection().createArrayOf(type, values));
    return this;
  }
}
