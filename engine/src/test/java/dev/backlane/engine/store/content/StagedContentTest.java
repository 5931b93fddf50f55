package dev.backlane.engine.store.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.memory.OverBudgetException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import org.junit.jupiter.api.Test;

/// What a content occupies of the memory budget while it is received and until it is stored.
final class StagedContentTest {
  private static final int KIB = 1024;

  private final MemoryBudget budget = new MemoryBudget(1024 * KIB);
  private final ByteArrayOutputStream spooled = new ByteArrayOutputStream();

  @Test
  void occupiesWhatHasArrivedUntilItIsClosed() throws Exception {
    try (var staged =
        StagedContent.read(
            bytes(10 * KIB), Long.MAX_VALUE, StagedContentTest::noSpool, budget.reservation())) {
      assertThat(staged.content().length()).isEqualTo(10 * KIB);
      assertThat(budget.bytesUsed()).isEqualTo(2 * 10 * KIB);
    }
    assertThat(budget.bytesUsed()).isZero();
  }

  @Test
  void occupiesLittleBeforeBytesArrive() {
    var silent =
        new InputStream() {
          @Override
          public int read() throws IOException {
            return read(new byte[1], 0, 1);
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            assertThat(budget.bytesUsed()).isEqualTo(2 * 4 * KIB);
            throw new IOException("the client is gone");
          }
        };
    assertThatThrownBy(() ->
            StagedContent.read(
                silent, Long.MAX_VALUE, StagedContentTest::noSpool, budget.reservation()))
        .isInstanceOf(IOException.class);
    assertThat(budget.bytesUsed()).isZero();
  }

  @Test
  void refusesContentsBeyondTheBudget() throws Exception {
    try (var others = budget.reservation()) {
      others.require(budget.bytesMax() - 20 * KIB);
      StagedContent.read(
              bytes(KIB), Long.MAX_VALUE, StagedContentTest::noSpool, budget.reservation())
          .close();
      assertThatThrownBy(() ->
              StagedContent.read(
                  bytes(10 * KIB),
                  Long.MAX_VALUE,
                  StagedContentTest::noSpool,
                  budget.reservation()))
          .isInstanceOf(OverBudgetException.class);
      assertThat(budget.bytesUsed()).isEqualTo(budget.bytesMax() - 20 * KIB);
    }
  }

  @Test
  void spoolsSmallResponsesBeyondTheBudget() throws Exception {
    try (var others = budget.reservation()) {
      others.require(budget.bytesMax());
      var in = new SequenceInputStream(bytes(3 * KIB), bytes(7 * KIB));
      try (var staged =
          StagedContent.read(in, Long.MAX_VALUE, RecordingSpool::new, budget.overdraft())) {
        assertThat(staged.content()).isInstanceOf(Content.Spooled.class);
        assertThat(spooled.size()).isEqualTo(10 * KIB);
      }
      assertThat(budget.bytesUsed()).isEqualTo(budget.bytesMax());
    }
  }

  private static Spool noSpool() {
    throw new AssertionError("a spool was opened");
  }

  private static InputStream bytes(int count) {
    return new ByteArrayInputStream(new byte[count]);
  }

  private final class RecordingSpool implements Spool {
    @Override
    public void write(byte[] bytes, int offset, int length) {
      spooled.write(bytes, offset, length);
    }

    @Override
    public Content.Spooled seal() {
      return new Content.Spooled(spooled.size(), this);
    }

    @Override
    public void close() {}
  }
}
