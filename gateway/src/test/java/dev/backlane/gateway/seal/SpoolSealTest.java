package dev.backlane.gateway.seal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.store.memory.MemoryStore;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/// What is written to the spool directory is sealed with a key of the store.
final class SpoolSealTest {
  private static final byte[] CLEAR = "a response of the upstream".getBytes(US_ASCII);
  private static final byte[] NAME = {1};

  private final SpoolSeal seal = newSeal();

  private static SpoolSeal newSeal() {
    var keys =
        DataKeys.open(
            new MemoryStore().records(),
            MasterKeys.of(MasterKey.passing()),
            InstantSource.system());
    return new SpoolSeal(keys);
  }

  @Test
  void opensWhatItSealed() {
    byte[] sealed = seal.seal(CLEAR, NAME);
    assertThat(new String(sealed, US_ASCII)).doesNotContain("response");
    assertThat(seal.open(sealed, NAME)).hasValue(CLEAR);
  }

  @Test
  void opensNothingElse() {
    byte[] sealed = seal.seal(CLEAR, NAME);
    assertThat(seal.open(sealed, new byte[] {2})).isEmpty();
    assertThat(newSeal().open(sealed, NAME)).isEmpty();
    sealed[sealed.length / 2] ^= 1;
    assertThat(seal.open(sealed, NAME)).isEmpty();
    assertThat(seal.open(new byte[0], NAME)).isEmpty();
  }
}
