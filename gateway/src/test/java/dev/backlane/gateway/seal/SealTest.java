package dev.backlane.gateway.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SealTest {
  private static final byte[] NAME = bytes("operation-1");
  private static final byte[] CLEAR = bytes("Bearer æøå-secret-of-the-tests");

  private final DataKeys keys = keys();
  private final Seal seal = new Seal(keys, "credential seal");

  private static DataKeys keys() {
    return DataKeys.open(
        new MemoryStore().records(),
        MasterKeys.of(MasterKey.passing()),
        new SettableClock(Instant.parse("2026-11-24T10:00:00Z")));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] sealed() {
    return seal.seal(CLEAR, "company-1", NAME);
  }

  private static void assertBroken(Seal by, byte[] sealed, byte[] name) {
    assertThatThrownBy(() -> by.open(sealed, name))
        .isInstanceOf(UnsealException.class)
        .message()
        .doesNotContain("secret-of-the-tests");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, 10_000})
  void valueOpensUnderItsName(int length) {
    byte[] clear = Samples.bytes(length, length);
    assertThat(seal.open(seal.seal(clear, "company-1", NAME), NAME)).isEqualTo(clear);
    assertThat(seal.open(seal.seal(clear, "", new byte[0]), new byte[0])).isEqualTo(clear);
  }

  @Test
  void sealHidesTheValueAndNeverRepeats() {
    byte[] one = sealed();
    assertThat(new String(one, StandardCharsets.ISO_8859_1)).doesNotContain("secret-of-the-tests");
    assertThat(sealed()).isNotEqualTo(one);
  }

  @ParameterizedTest
  @ValueSource(strings = {"operation-2", "operation-", "operation-11", ""})
  void valueDoesNotOpenUnderAnotherName(String name) {
    assertBroken(seal, sealed(), bytes(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"webhook secret", "credential sea", "credential seal "})
  void valueDoesNotOpenForAnotherPurpose(String purpose) {
    assertBroken(new Seal(keys, purpose), sealed(), NAME);
  }

  @Test
  void purposeAndNameAreSeparated() {
    byte[] sealed = new Seal(keys, "a").seal(CLEAR, "company-1", bytes("bc"));
    assertBroken(new Seal(keys, "ab"), sealed, bytes("c"));
  }

  @Test
  void valueDoesNotOpenWithAnotherStoresKeys() {
    assertBroken(new Seal(keys(), "credential seal"), sealed(), NAME);
  }

  @Test
  void detectsAChangedByteAtAnyPosition() {
    byte[] sealed = sealed();
    for (int at = 0; at < sealed.length; at++) {
      for (int bit : new int[] {1, 0x80}) {
        byte[] changed = sealed.clone();
        changed[at] ^= (byte) bit;
        assertBroken(seal, changed, NAME);
      }
    }
    assertThat(seal.open(sealed, NAME)).isEqualTo(CLEAR);
  }

  @Test
  void detectsATruncatedOrExtendedValue() {
    byte[] sealed = sealed();
    for (int length = 0; length < sealed.length; length++) {
      assertBroken(seal, Arrays.copyOf(sealed, length), NAME);
    }
    assertBroken(seal, Arrays.copyOf(sealed, sealed.length + 1), NAME);
  }

  @Test
  void anotherTenantsKeyDoesNotOpenTheValue() {
    byte[] one = sealed();
    byte[] other = seal.seal(CLEAR, "company-2", NAME);
    assertThat(seal.open(other, NAME)).isEqualTo(CLEAR);
    // The id of the key follows the version.
    System.arraycopy(other, 1, one, 1, Long.BYTES);
    assertBroken(seal, one, NAME);
  }
}
