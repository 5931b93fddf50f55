package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.RecordReader;
import dev.backlane.engine.codec.RecordWriter;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;
import java.util.Optional;

/// The form of a held outcome in its file. It begins with the number of its layout. Stateless.
final class OutcomeCodec {
  private static final int LAYOUT = 1;

  private static final int RESPONDED = 0;
  private static final int NOT_SENT = 1;
  private static final int UNKNOWN = 2;
  private static final int UNUSABLE = 3;

  private static final int INLINE = 0;
  private static final int FILE = 1;

  private OutcomeCodec() {}

  /// The response's body.
  sealed interface Body {
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Inline(byte[] bytes) implements Body {}

    /// @param mark distinguishes the files of one operation
    /// @param length in bytes, in the clear
    record File(long mark, long length) implements Body {}
  }

  record Outcome(Verdict verdict, Body body) {}

  static byte[] encode(Outcome outcome) {
    var out = new RecordWriter().octet(LAYOUT);
    switch (outcome.verdict()) {
      case Verdict.Responded(var response, var retryAfter) -> {
        out.octet(RESPONDED).number(response.statusCode());
        OperationCodec.headers(out, response.headers()).number(response.contentLength());
        out.octet(retryAfter.isPresent() ? 1 : 0);
        retryAfter.ifPresent(wait -> out.number(wait.toMillis()));
      }
      case Verdict.NotSent(var obstacle, var cause) ->
          out.octet(NOT_SENT).text(obstacle.name()).text(cause);
      case Verdict.Unknown(var cause) -> out.octet(UNKNOWN).text(cause);
      case Verdict.Unusable(var code, var cause) ->
          out.octet(UNUSABLE).text(code.name()).text(cause);
    }
    switch (outcome.body()) {
      case Body.Inline(byte[] bytes) -> out.octet(INLINE).bytes(bytes);
      case Body.File(long mark, long length) -> out.octet(FILE).number(mark).number(length);
    }
    return out.toBytes();
  }

  static Outcome decode(byte[] record) throws CorruptRecordException {
    var in = new RecordReader(record);
    int layout = in.octet();
    if (layout != LAYOUT) {
      throw new CorruptRecordException(
          "an outcome has layout " + layout + "; this version reads " + LAYOUT);
    }
    var verdict = verdict(in);
    var body = body(in);
    in.end();
    return new Outcome(verdict, body);
  }

  private static Verdict verdict(RecordReader in) throws CorruptRecordException {
    int kind = in.octet();
    return switch (kind) {
      case RESPONDED ->
          new Verdict.Responded(
              new Response((int) in.number(), OperationCodec.headers(in), in.number()),
              retryAfter(in));
      case NOT_SENT -> new Verdict.NotSent(named(Obstacle.class, in.text()), in.text());
      case UNKNOWN -> new Verdict.Unknown(in.text());
      case UNUSABLE -> new Verdict.Unusable(named(ErrorCode.class, in.text()), in.text());
      default -> throw new CorruptRecordException("an outcome has the unknown verdict " + kind);
    };
  }

  private static Optional<Duration> retryAfter(RecordReader in) throws CorruptRecordException {
    return in.octet() == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(in.number()));
  }

  private static Body body(RecordReader in) throws CorruptRecordException {
    int kind = in.octet();
    return switch (kind) {
      case INLINE -> new Body.Inline(in.bytes());
      case FILE -> new Body.File(in.number(), in.number());
      default -> throw new CorruptRecordException("an outcome has the unknown body " + kind);
    };
  }

  private static <E extends Enum<E>> E named(Class<E> type, String name)
      throws CorruptRecordException {
    for (var value : type.getEnumConstants()) {
      if (value.name().equals(name)) {
        return value;
      }
    }
    throw new CorruptRecordException("an outcome has the unknown value " + name);
  }
}
