package dev.backlane.store.postgres;

import dev.backlane.engine.operation.OperationId;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The parameters of a statement, one after the other. A column of values travels as one array, which the statement takes
/// apart again by `unnest`: one text for any number of rows. For one thread.
final class Parameters {
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final int NANOS_PER_MICRO = 1_000;

  private final PreparedStatement statement;
  private int index;

  Parameters(PreparedStatement statement) {
    this.statement = statement;
  }

  static UUID uuid(OperationId id) {
    return new UUID(id.high(), id.low());
  }

  static OperationId id(UUID uuid) {
    return new OperationId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
  }

  /// As the database keeps a time. What is finer than a microsecond is dropped.
  static long micros(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), MICROS_PER_SECOND),
        time.getNano() / NANOS_PER_MICRO);
  }

  /// As the database keeps a time before which nothing may happen: never earlier than it is.
  static long microsNotBefore(Instant time) {
    return time.getNano() % NANOS_PER_MICRO == 0 ? micros(time) : micros(time) + 1;
  }

  static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, MICROS_PER_SECOND),
        Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO);
  }

  Parameters id(OperationId id) throws SQLException {
    statement.setObject(++index, uuid(id));
    return this;
  }

  Parameters uuid(@Nullable UUID uuid) throws SQLException {
    statement.setObject(++index, uuid, Types.OTHER);
    return this;
  }

  Parameters number(long number) throws SQLException {
    statement.setLong(++index, number);
    return this;
  }

  Parameters count(int count) throws SQLException {
    statement.setInt(++index, count);
    return this;
  }

  Parameters text(String text) throws SQLException {
    statement.setString(++index, text);
    return this;
  }

  Parameters bytes(byte[] bytes) throws SQLException {
    statement.setBytes(++index, bytes);
    return this;
  }

  /// A column of identifiers.
  <T> Parameters uuids(List<T> rows, Function<T, @Nullable UUID> value) throws SQLException {
    return array("uuid", rows.stream().map(value).toArray());
  }

  Parameters ids(List<OperationId> ids) throws SQLException {
    return uuids(ids, Parameters::uuid);
  }

  /// A column of whole numbers.
  <T> Parameters numbers(List<T> rows, Function<T, @Nullable Long> value) throws SQLException {
    return array("bigint", rows.stream().map(value).toArray(Long[]::new));
  }

  /// A column of texts.
  <T> Parameters texts(List<T> rows, Function<T, @Nullable String> value) throws SQLException {
    return array("text", rows.stream().map(value).toArray(String[]::new));
  }

  /// A column of bytes.
  <T> Parameters bytes(List<T> rows, Function<T, byte @Nullable []> value) throws SQLException {
    return array("bytea", rows.stream().map(value).toArray(byte[][]::new));
  }

  private Parameters array(String type, Object[] values) throws SQLException {
    statement.setArray(++index, statement.getConnection().createArrayOf(type, values));
    return this;
  }
}
