package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Spool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A large content on its way into a file of its own. For one thread.
final class BodySpool implements Spool {
  private static final int BUFFER_BYTES = 64 * 1024;

  private enum Fate {
    WRITING,
    SEALED,
    /// A commit that refers to it was asked for, and whether it happened is not known: only the next start can tell.
    UNCERTAIN,
    STORED,
    DISCARDED
  }

  private final BodyFiles bodies;
  private final BodyName name;
  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private long length;
  private Fate fate = Fate.WRITING;

  BodySpool(BodyFiles bodies, BodyName name, Path file) throws IOException {
    this.bodies = bodies;
    this.name = name;
    this.file = file;
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  BodyName name() {
    return name;
  }

  @Override
  public void write(byte[] bytes, int offset, int count) {
    check(fate == Fate.WRITING);
    try {
      int from = offset;
      int rest = count;
      while (rest > 0) {
        int step = Math.min(rest, buffer.remaining());
        buffer.put(bytes, from, step);
        from += step;
        rest -= step;
        if (!buffer.hasRemaining()) {
          flush();
        }
      }
      length += count;
    } catch (IOException failed) {
      throw notWritten(failed);
    }
  }

  @Override
  public Content.Spooled seal() {
    check(fate == Fate.WRITING);
    try (channel) {
      flush();
      channel.force(true);
      bodies.syncIncoming();
    } catch (IOException failed) {
      throw notWritten(failed);
    }
    fate = Fate.SEALED;
    return new Content.Spooled(length, this);
  }

  /// Called before a commit that refers to this content is asked for; may be repeated.
  void committing() {
    check(fate == Fate.SEALED || fate == Fate.UNCERTAIN);
    fate = Fate.UNCERTAIN;
  }

  /// The commit happened.
  void stored() {
    fate = Fate.STORED;
    bodies.keep(name);
  }

  /// The commit certainly did not happen.
  void refused() {
    fate = Fate.SEALED;
  }

  @Override
  public void close() {
    switch (fate) {
      case WRITING, SEALED -> discard();
      case UNCERTAIN, STORED, DISCARDED -> {}
    }
  }

  private void discard() {
    fate = Fate.DISCARDED;
    try (channel) {
      Files.deleteIfExists(file);
    } catch (IOException failed) {
      throw new StoreException(
          "the unused content " + file + " cannot be removed: " + failed, failed);
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  private StoreException notWritten(IOException failed) {
    return new StoreException(
        "the content "
            + file
            + " cannot be written: "
            + failed.getMessage()
            + "; is the disk full?",
        failed);
  }

  private void check(boolean holds) {
    if (!holds) {
      throw new StoreException("the content " + name.file() + " is " + fate + " already");
    }
  }
}
