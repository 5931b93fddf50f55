package dev.backlane.store.rocksdb.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.WriteBatch;

final class AscendingReadsTest {
  private static final int KEYS = 2_000;
  private static final int RUNS = 20;

  @TempDir private Path folder;

  @BeforeAll
  static void loadLibrary() {
    NativeLibrary.load();
  }

  @Test
  void readsWhatSingleReadsReadAtAnyDistance() {
    var random = new Random(19);
    try (var database = Database.open(StoreDirectory.prepare(folder))) {
      var compared =
          database.use(db -> {
            try (var writes = new WriteBatch()) {
              for (int key = 0; key < KEYS; key++) {
                if (random.nextInt(3) > 0) {
                  writes.put(db.handle(Column.CALLS), key(key), key(-key));
                }
              }
              db.write(writes);
            }
            int found = 0;
            for (int run = 0; run < RUNS; run++) {
              var keys = new TreeSet<Integer>();
              // From all keys to a few, far apart.
              for (int count = KEYS >> (run / 2); count > 0; count--) {
                keys.add(random.nextInt(KEYS));
              }
              try (var reads = new AscendingReads(db, Column.CALLS)) {
                for (int key : keys) {
                  byte[] value = reads.get(key(key));
                  assertThat(value).isEqualTo(db.get(Column.CALLS, key(key)));
                  found += value == null ? 0 : 1;
                }
              }
            }
            return found;
          });
      assertThat(compared).isGreaterThan(KEYS);
    }
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
  }
}
