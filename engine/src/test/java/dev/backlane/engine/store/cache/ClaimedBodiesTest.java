package dev.backlane.engine.store.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.StoredContent;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ClaimedBodiesTest {
  private final ClaimedBodies bodies = new ClaimedBodies();
  private int reads;

  private void keep(long id, int bytes) {
    Optional<StoredContent> body =
        bytes == 0 ? Optional.empty() : Optional.of(new InMemoryContent(new byte[bytes]));
    bodies.keep(new OperationId(1, id), body);
  }

  private Optional<StoredContent> take(long id) {
    return bodies.take(
        new OperationId(1, id),
        () -> {
          reads++;
          return Optional.empty();
        });
  }

  @Test
  void handsOutABodyOnce() throws IOException {
    keep(1, 7);
    try (var body = take(1).orElseThrow().open(0)) {
      assertThat(body.readAllBytes()).isEqualTo(new byte[7]);
    }
    assertThat(reads).isZero();
    assertThat(take(1)).isEmpty();
    assertThat(reads).isEqualTo(1);
  }

  @Test
  void knowsThatARequestHasNoBody() {
    keep(1, 0);
    assertThat(take(1)).isEmpty();
    assertThat(reads).isZero();
  }

  @Test
  void discardsTheOldestIfTheirBytesAreTooMany() {
    int count = (int) (ClaimedBodies.BYTES_MAX / ClaimedBodies.BODY_BYTES_MAX) + 1;
    for (int each = 0; each < count; each++) {
      keep(each, ClaimedBodies.BODY_BYTES_MAX);
    }
    take(0);
    assertThat(reads).isEqualTo(1);
    assertThat(take(count - 1)).isPresent();
    assertThat(reads).isEqualTo(1);
  }

  @Test
  void countsTheBytesOfTheBodiesThatAreKept() {
    int many = 4 * (int) (ClaimedBodies.BYTES_MAX / ClaimedBodies.BODY_BYTES_MAX);
    keep(-1, ClaimedBodies.BODY_BYTES_MAX);
    for (int each = 0; each < many; each++) {
      keep(each, ClaimedBodies.BODY_BYTES_MAX);
      take(each);
      keep(0, 1);
      keep(0, 1);
    }
    take(-1);
    assertThat(reads).isZero();
  }
}
