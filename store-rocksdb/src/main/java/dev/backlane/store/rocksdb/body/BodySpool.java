package dev.backlane.store.rocksdb.body;

import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Spool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A large content that is being written to a file. For one thread.
public final class BodySpool implements Spool {
  private static final int BUFFER_BYTES = 64 * 1024;

  private enum Fate {
    WRITING,
    SEALED,
    /// A commit that refers to it was submitted, and its outcome is unknown until the next start.
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

  public BodyName name() {
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

  /// Called before a commit that refers to this content is submitted. May be repeated.
  public void committing() {
    check(fate == Fate.SEALED || fate == Fate.UNCERTAIN);
    fate = Fate.UNCERTAIN;
  }

  /// Called after the commit.
  public void stored() {
    fate = Fate.STORED;
    bodies.keep(name);
  }

  /// Called if the commit certainly did not happen.
  public void refused() {
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
            + "; check the free space of the disk",
        failed);
  }

  private void check(boolean holds) {
    if (!holds) {
      throw new StoreException("the content " + name.file() + " is " + fate + " already");
    }
  }
}
