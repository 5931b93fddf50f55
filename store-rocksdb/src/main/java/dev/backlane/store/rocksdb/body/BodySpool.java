package dev.backlane.store.rocksdb.body;

import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.ContentChecksum;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DiskSpace;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.engine.store.local.OwnerOnly;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/// A large content that is being written to a file. For one thread.
public final class BodySpool implements Spool {
  private enum Phase {
    WRITING,
    SEALED,
    /// A commit that refers to it was submitted. If no result follows, the next start decides.
    UNCERTAIN,
    STORED,
    DISCARDED
  }

  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final BodyFiles bodies;
  private final BodyName name;
  private final Path file;
  private final DiskSpace.Use space;
  private final FileChannel channel;
  private final BodyFormat format;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BodyFormat.PIECE_BYTES + ContentChecksum.BYTES)
          .limit(BodyFormat.PIECE_BYTES);
  private long length;
  private long pieces;
  private Phase phase = Phase.WRITING;

  BodySpool(BodyFiles bodies, BodyName name, Path file, DiskSpace.Use space) throws IOException {
    this.bodies = bodies;
    this.space = space;
    this.name = name;
    this.format = BodyFormat.of(name);
    this.file = file;
    this.channel = FileChannel.open(file, NEW, OwnerOnly.file(file));
  }

  public BodyName name() {
    return name;
  }

  @Override
  public void expect(long bytes) {
    space.expect(BodyFormat.fileLength(bytes));
  }

  @Override
  public void write(byte[] bytes, int offset, int count) {
    check(phase == Phase.WRITING);
    try {
      int from = offset;
      int remaining = count;
      while (remaining > 0) {
        int step = Math.min(remaining, buffer.remaining());
        buffer.put(bytes, from, step);
        from += step;
        remaining -= step;
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
    check(phase == Phase.WRITING);
    try (channel) {
      flush();
      channel.force(true);
      bodies.syncIncoming();
    } catch (IOException failed) {
      throw notWritten(failed);
    }
    phase = Phase.SEALED;
    return new Content.Spooled(length, this);
  }

  /// Must be called before a commit that refers to this content is submitted. May be repeated.
  public void committing() {
    check(phase == Phase.SEALED || phase == Phase.UNCERTAIN);
    phase = Phase.UNCERTAIN;
  }

  /// Must be called after the commit.
  public void stored() {
    phase = Phase.STORED;
    space.close();
    bodies.moveToHour(name);
  }

  /// Must be called if the commit had no effect.
  public void refused() {
    phase = Phase.SEALED;
  }

  @Override
  public void close() {
    switch (phase) {
      case WRITING, SEALED -> discard();
      case UNCERTAIN -> space.close();
      case STORED, DISCARDED -> {}
    }
  }

  private void discard() {
    phase = Phase.DISCARDED;
    try (channel;
        space) {
      Files.deleteIfExists(file);
    } catch (IOException failed) {
      throw new StoreException(
          "the unused content " + file + " cannot be removed: " + failed, failed);
    }
  }

  private void flush() throws IOException {
    if (buffer.position() == 0) {
      return;
    }
    int sum = format.checksum().of(pieces, buffer.duplicate().flip());
    int bytes = buffer.position() + ContentChecksum.BYTES;
    space.require(bytes);
    pieces++;
    buffer.limit(buffer.capacity()).putInt(sum).flip();
    DurableFiles.writeFully(channel, buffer);
    space.written(bytes);
    buffer.clear().limit(BodyFormat.PIECE_BYTES);
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
      throw new StoreException("the content " + name.file() + " is " + phase + " already");
    }
  }
}
