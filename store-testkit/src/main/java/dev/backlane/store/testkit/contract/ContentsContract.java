package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.testkit.Samples;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Contents are read back byte for byte, and contents that no commit refers to are deleted.
abstract class ContentsContract extends StoreTopic {
  ContentsContract(StoreFixture fixture) {
    super(fixture);
  }

  private static final int LARGE = 5 * 1024 * 1024 + 1;

  @ParameterizedTest
  @ValueSource(
      ints = {1, 2, 1023, 1024, 4096, 65_535, StagedContent.INLINE_BYTES_MAX, 65_537, LARGE})
  void readsARequestByteForByteAfterARestart(int length) throws Exception {
    var operation = samples.queued();
    byte[] bytes = Samples.bytes(length, length);
    try (var staged =
        StagedContent.read(
            new ByteArrayInputStream(bytes),
            LARGE,
            () -> store.spool(operation.id(), Samples.TENANT, Part.REQUEST))) {
      store.accept(operation, staged.content(), Optional.empty());
    }
    assertThat(read(operation.id(), Part.REQUEST, 0)).isEqualTo(bytes);
    restart();
    assertThat(read(operation.id(), Part.REQUEST, 0)).isEqualTo(bytes);
    assertThat(store.content(operation, Part.REQUEST).orElseThrow().length()).isEqualTo(length);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1024, StagedContent.INLINE_BYTES_MAX, LARGE})
  void readsAResponseByteForByteAfterARestart(int length) throws Exception {
    var operation = accepted(samples.started(Samples.LEASE));
    byte[] bytes = Samples.bytes(length, length);
    try (var staged =
        StagedContent.read(
            new ByteArrayInputStream(bytes),
            LARGE,
            () -> store.spool(operation.id(), Samples.TENANT, Part.RESPONSE))) {
      assertThat(
              store.replace(
                  operation,
                  samples.finished(operation, length),
                  staged.content(),
                  Optional.empty()))
          .isTrue();
    }
    assertThat(read(operation.id(), Part.RESPONSE, 0)).isEqualTo(bytes);
    restart();
    assertThat(read(operation.id(), Part.RESPONSE, 0)).isEqualTo(bytes);
    assertThat(store.content(operation, Part.REQUEST)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, LARGE})
  void readsAContentFromAnyOffset(int length) {
    var operation = samples.queued();
    byte[] bytes = Samples.bytes(length, 3);
    var content =
        length > StagedContent.INLINE_BYTES_MAX
            ? spooled(operation.id(), Part.REQUEST, bytes)
            : new Content.Inline(bytes);
    store.accept(operation, content, Optional.empty());
    for (int offset : new int[] {0, 1, length / 2, length - 1, length}) {
      byte[] tail = Arrays.copyOfRange(bytes, offset, length);
      assertThat(read(operation.id(), Part.REQUEST, offset)).as("offset " + offset).isEqualTo(tail);
    }
    var stored = store.content(operation, Part.REQUEST).orElseThrow();
    assertThatThrownBy(() -> stored.open(length + 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> stored.open(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(Part.class)
  void doesNotStoreAnEmptyContent(Part part) {
    var operation = accepted(samples.started(Samples.LEASE));
    replaced(operation, samples.finished(operation, 0));
    assertThat(store.content(operation, part)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Part.class)
  void findsNoContentOfAnUnknownOperation(Part part) {
    assertThat(store.content(samples.queued(), part)).isEmpty();
  }

  @Test
  void storesRequestAndResponseContentSeparately() {
    var operation = samples.started(Samples.LEASE);
    store.accept(operation, new Content.Inline(new byte[] {1}), Optional.empty());
    store.replace(
        operation,
        samples.finished(operation, 1),
        new Content.Inline(new byte[] {2}),
        Optional.empty());
    assertThat(read(operation.id(), Part.REQUEST, 0)).containsExactly(1);
    assertThat(read(operation.id(), Part.RESPONSE, 0)).containsExactly(2);
  }

  @Test
  void discardsASealedContentWithoutACommit() throws Exception {
    var operation = accepted(samples.started(Samples.LEASE));
    var content =
        (Content.Spooled) spooled(operation.id(), Part.RESPONSE, Samples.bytes(100_000, 1));
    content.spool().close();
    content.spool().close();
    assertThat(store.content(operation, Part.RESPONSE)).isEmpty();
    assertThat(fixture.leftovers()).isZero();
    restart();
    assertThat(store.content(operation, Part.RESPONSE)).isEmpty();
  }

  @Test
  void discardsAnUnsealedContent() {
    try (var spool = store.spool(samples.queued().id(), Samples.TENANT, Part.REQUEST)) {
      spool.write(new byte[200_000], 0, 200_000);
    }
    assertThat(fixture.leftovers()).isZero();
  }

  @Test
  void keepsACommittedContentWhenItsSpoolIsClosed() throws Exception {
    var operation = samples.queued();
    byte[] bytes = Samples.bytes(100_000, 1);
    var content = (Content.Spooled) spooled(operation.id(), Part.REQUEST, bytes);
    store.accept(operation, content, Optional.empty());
    content.spool().close();
    assertThat(read(operation.id(), Part.REQUEST, 0)).isEqualTo(bytes);
    restart();
    assertThat(read(operation.id(), Part.REQUEST, 0)).isEqualTo(bytes);
  }

  @Test
  void losingWriterCannotOverwriteACommittedContent() throws Exception {
    var operation = accepted(samples.started(Samples.LEASE));
    byte[] settled = Samples.bytes(100_000, 1);
    byte[] stale = Samples.bytes(120_000, 2);
    var late = (Content.Spooled) spooled(operation.id(), Part.RESPONSE, stale);
    var first = (Content.Spooled) spooled(operation.id(), Part.RESPONSE, settled);
    assertThat(
            store.replace(
                operation, samples.finished(operation, settled.length), first, Optional.empty()))
        .isTrue();
    assertThat(
            store.replace(
                operation, samples.finished(operation, stale.length), late, Optional.empty()))
        .isFalse();
    late.spool().close();
    first.spool().close();
    assertThat(read(operation.id(), Part.RESPONSE, 0)).isEqualTo(settled);
    assertThat(fixture.leftovers()).isZero();
    restart();
    assertThat(read(operation.id(), Part.RESPONSE, 0)).isEqualTo(settled);
  }

  @Test
  void servesManyReadersOfAContentAtOnce() throws Exception {
    var operation = samples.queued();
    byte[] bytes = Samples.bytes(300_000, 9);
    store.accept(operation, spooled(operation.id(), Part.REQUEST, bytes), Optional.empty());
    assertThat(together(16, () -> Arrays.equals(read(operation.id(), Part.REQUEST, 0), bytes)))
        .containsOnly(true);
  }

  @Test
  void refusesBytesAfterASpoolIsSealed() {
    try (var spool = store.spool(samples.queued().id(), Samples.TENANT, Part.REQUEST)) {
      spool.write(new byte[] {1}, 0, 1);
      spool.seal();
      assertThatThrownBy(() -> spool.write(new byte[] {2}, 0, 1))
          .isInstanceOf(StoreException.class);
    }
  }
}
