package dev.backlane.gateway.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.SettableClock;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bodies are stored sealed and are decrypted when read, from any offset.
final class SealingStoreTest {
  private static final int SEGMENT = BodyCipher.SEGMENT_BYTES;

  private final MemoryStore store = new MemoryStore();
  private final Samples samples =
      new Samples(new SettableClock(Instant.parse("2026-11-24T10:00:00Z")), 7);
  private final DataKeys key = keys();

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 65_535, 65_536, 65_537, 2 * 65_536, 1_000_000})
  void readsASealedBodyFromAnyOffset(int length) throws Exception {
    byte[] body = Samples.bytes(length, length);
    var operation = accepted(new SealingStore(store.operations(), key, true), body);

    byte[] stored = read(store.operations(), operation, 0);
    assertThat(stored).hasSize((int) BodyCipher.sealedLength(length));
    if (length >= 100) {
      assertThat(contains(stored, body)).as("clear bytes in the store").isFalse();
    }
    // Also after it was switched off.
    for (boolean encrypt : new boolean[] {true, false}) {
      var sealing = new SealingStore(store.operations(), key, encrypt);
      assertThat(sealing.content(operation, Part.REQUEST).orElseThrow().length()).isEqualTo(length);
      for (int offset : new int[] {0, 1, length / 2, SEGMENT - 1, SEGMENT, SEGMENT + 1, length}) {
        if (offset <= length) {
          assertThat(read(sealing, operation, offset))
              .isEqualTo(Arrays.copyOfRange(body, offset, length));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 200_000})
  void readsAClearBodyWithEncryptionSwitchedOn(int length) throws Exception {
    byte[] body = Samples.bytes(length, 3);
    var operation = accepted(new SealingStore(store.operations(), key, false), body);

    assertThat(read(store.operations(), operation, 0)).isEqualTo(body);
    assertThat(read(new SealingStore(store.operations(), key, true), operation, 0)).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 200_000})
  void anotherStoresKeysOpenNoBody(int length) throws Exception {
    var operation =
        accepted(new SealingStore(store.operations(), key, true), Samples.bytes(length, 3));
    var other = new SealingStore(store.operations(), keys(), true);

    assertThatThrownBy(() -> read(other, operation, 0)).isInstanceOf(StoreException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 17 + 65_536, 17 + 65_536 + 16 + 5, 150_000})
  void detectsAChangedByte(int at) throws Exception {
    var operation =
        accepted(new SealingStore(store.operations(), key, true), Samples.bytes(150_000, 3));
    byte[] stored = read(store.operations(), operation, 0);
    stored[at] ^= 1;
    var tampered =
        new SealedContent(new InMemoryContent(stored), key, operation.id(), Part.REQUEST, 150_000);

    assertThatThrownBy(
            () -> {
              try (var in = tampered.open(0)) {
                in.readAllBytes();
              }
            })
        .hasStackTraceContaining("UnsealException");
  }

  private Operation accepted(SealingStore sealing, byte[] body) throws Exception {
    var sample = samples.queued();
    var request = sample.request();
    var operation =
        new Operation(
            sample.id(),
            sample.caller(),
            new Request(request.method(), request.target(), request.headers(), body.length),
            sample.base(),
            sample.notification(),
            sample.route(),
            sample.reference(),
            sample.credentials(),
            sample.state(),
            0);
    try (var staged =
        StagedContent.read(
            new ByteArrayInputStream(body),
            body.length,
            () -> sealing.spool(operation.id(), "company-1", Part.REQUEST))) {
      assertThat(staged.content().length()).isEqualTo(body.length);
      sealing.accept(operation, staged.content(), Optional.empty());
    }
    return operation;
  }

  private static byte[] read(OperationStore from, Operation operation, long offset)
      throws IOException {
    try (var in = from.content(operation, Part.REQUEST).orElseThrow().open(offset)) {
      return in.readAllBytes();
    }
  }

  private static boolean contains(byte[] stored, byte[] body) {
    var text = new String(stored, StandardCharsets.ISO_8859_1);
    return text.contains(new String(body, 0, 32, StandardCharsets.ISO_8859_1));
  }

  private static DataKeys keys() {
    return DataKeys.open(
        new MemoryStore().records(),
        MasterKeys.of(MasterKey.passing()),
        new SettableClock(Instant.parse("2026-11-24T10:00:00Z")));
  }
}
