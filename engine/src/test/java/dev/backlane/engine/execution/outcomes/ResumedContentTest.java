package dev.backlane.engine.execution.outcomes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.background.ScriptedThreads;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Reading the content of a request while the store fails now and then.
final class ResumedContentTest {
  private static final int LENGTH = 10_000;
  private static final int READ_BYTES = 1_000;

  private final byte[] bytes = new byte[LENGTH];
  private final ScriptedThreads threads = new ScriptedThreads(1_000);
  private int failures;

  /// A content whose reads fail as often as the test has planned, and then return some bytes.
  private final class Failing implements StoredContent {
    @Override
    public long length() {
      return LENGTH;
    }

    @Override
    public InputStream open(long offset) {
      var in = new ByteArrayInputStream(bytes, (int) offset, LENGTH - (int) offset);
      return new InputStream() {
        @Override
        public int read() {
          throw new UnsupportedOperationException("reads are of several bytes");
        }

        @Override
        public int read(byte[] into, int at, int count) {
          if (failures > 0) {
            failures--;
            throw new StoreException("unavailable");
          }
          return in.read(into, at, Math.min(count, READ_BYTES));
        }
      };
    }
  }

  @Test
  void continuesWhereItWasAfterAnOutage() throws Exception {
    new Random(1).nextBytes(bytes);
    try (var in = new ResumedContent(new Failing(), threads).open(0)) {
      var start = in.readNBytes(3_000);
      failures = 5;
      assertThat(start).isEqualTo(Arrays.copyOf(bytes, 3_000));
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, 3_000, LENGTH));
    }
    assertThat(threads.waits()).hasSize(5);
  }

  @Test
  void failsWhenTheStoreStaysUnavailable() throws Exception {
    try (var in = new ResumedContent(new Failing(), threads).open(0)) {
      failures = Integer.MAX_VALUE;
      assertThatThrownBy(() -> in.read(new byte[1], 0, 1)).isInstanceOf(StoreException.class);
    }
    assertThat(threads.waits()).hasSize(60);
  }
}
