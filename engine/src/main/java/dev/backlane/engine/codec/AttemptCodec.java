package dev.backlane.engine.codec;

import dev.backlane.engine.operation.history.PastAttempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The stored form of the attempts of an operation that are over. Stateless.
final class AttemptCodec {
  private AttemptCodec() {}

  static void write(RecordWriter out, List<PastAttempt> attempts) {
    out.number(attempts.size());
    for (var attempt : attempts) {
      out.number(attempt.number())
          .instant(attempt.startedAt())
          .number(attempt.took().toMillis())
          .octet(attempt.result().number())
          .number(attempt.statusCode())
          .text(attempt.error())
          .text(attempt.node())
          .octet(attempt.withCredentials() ? 1 : 0);
    }
  }

  static List<PastAttempt> read(RecordReader in) throws CorruptRecordException {
    int count = in.count();
    var attempts = new ArrayList<PastAttempt>(count);
    for (int i = 0; i < count; i++) {
      attempts.add(
          new PastAttempt(
              (int) in.number(),
              in.optionalInstant(),
              Duration.ofMillis(in.number()),
              result(in.octet()),
              (int) in.number(),
              in.text(),
              in.text(),
              in.octet() != 0));
    }
    return attempts;
  }

  private static PastAttempt.Result result(int number) throws CorruptRecordException {
    return PastAttempt.Result.of(number)
        .orElseThrow(() -> new CorruptRecordException("a record has the unknown result " + number));
  }
}
