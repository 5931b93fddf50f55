package dev.backlane.store.rocksdb.body;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DiskSpace;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.store.rocksdb.database.Keys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of large contents. A file is in `incoming/` until its commit, and then in one folder
/// per hour of receipt, so that old contents are removed folder by folder. Thread-safe.
public final class BodyFiles {
  private static final Logger LOG = LoggerFactory.getLogger(BodyFiles.class);
  private static final int ATTEMPTS_MAX = 3;

  private final Path directory;
  private final DiskSpace space;
  private final Path incoming;
  private final Set<Integer> durableHours = ConcurrentHashMap.newKeySet();
  private final Lock removal = new ReentrantLock();

  /// The files of a store that is not served.
  ///
  /// @throws StoreException if the folder cannot be created
  public BodyFiles(Path directory) {
    this(directory, DiskSpace.UNLIMITED);
  }

  /// @param space of the disk, for bodies while they are received
  /// @throws StoreException if the folder cannot be created
  public BodyFiles(Path directory, DiskSpace space) {
    this.directory = directory;
    this.space = space;
    this.incoming = directory.resolve("incoming");
    try {
      DurableFiles.createDirectories(incoming);
    } catch (IOException failed) {
      throw new StoreException("the folder " + incoming + " cannot be created: " + failed, failed);
    }
  }

  /// Creates a file for a content of a tenant, which reserves its space.
  ///
  /// @throws StoreException if the file cannot be created
  public BodySpool spool(OperationId id, String tenant, Part part) {
    return spool(
        id,
        part,
        switch (part) {
          case REQUEST -> space.ofRequest(tenant);
          case RESPONSE -> space.ofResponse(tenant);
        });
  }

  /// Creates a file for a content that is copied from another store.
  ///
  /// @throws StoreException if the file cannot be created
  public BodySpool spool(OperationId id, Part part) {
    return spool(id, part, DiskSpace.UNLIMITED.ofRequest(""));
  }

  private BodySpool spool(OperationId id, Part part, DiskSpace.Use use) {
    var mark = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    var name = new BodyName(id, part, mark);
    var file = incoming.resolve(name.file());
    try {
      return new BodySpool(this, name, file, use);
    } catch (IOException failed) {
      throw new StoreException("the content " + file + " cannot be created: " + failed, failed);
    }
  }

  void syncIncoming() throws IOException {
    DurableFiles.sync(incoming);
  }

  /// Moves a committed content to the folder of its hour. It is durable in one of the two folders
  /// at any time: reads try both, and the next start completes a move that a crash interrupted.
  void moveToHour(BodyName name) {
    var from = incoming.resolve(name.file());
    try {
      for (int attempt = 1; ; attempt++) {
        try {
          createHour(name.id());
          publish(from, hourFile(name));
          return;
        } catch (NoSuchFileException folderRemoved) {
          // Pruning may remove an empty folder between the two steps.
          durableHours.remove(Keys.hour(name.id()));
          if (attempt == ATTEMPTS_MAX) {
            throw folderRemoved;
          }
        }
      }
    } catch (IOException failed) {
      LOG.warn(
          "content {} could not be moved and stays in {} until the next start: {}",
          name.file(),
          incoming,
          failed.toString());
    }
  }

  private void createHour(OperationId id) throws IOException {
    // Another thread may have created the folder and not yet flushed its parent.
    if (!durableHours.contains(Keys.hour(id))) {
      DurableFiles.createDirectories(hour(id));
      durableHours.add(Keys.hour(id));
    }
  }

  // A rename could be durable in the old folder before it is in the new one, which would lose the
  // file in a power failure. So the file is linked first, and removed once the link is durable.
  private static void publish(Path from, Path to) throws IOException {
    try {
      Files.createLink(to, from);
    } catch (FileAlreadyExistsException interrupted) {
      LOG.debug("{} was linked before a crash", to);
    } catch (NoSuchFileException folderRemoved) {
      throw folderRemoved;
    } catch (UnsupportedOperationException | FileSystemException noLinks) {
      DurableFiles.move(from, to);
      return;
    }
    DurableFiles.syncFolderOf(to);
    Files.delete(from);
  }

  /// A committed content.
  public StoredContent stored(BodyName name, long length) {
    return new Body(name, length);
  }

  /// Recovers `incoming/` after a crash: moves the files that a commit refers to, and deletes the
  /// others. Must be called before the store is used.
  public void recoverIncoming(Predicate<BodyName> committed) {
    try (var files = Files.list(incoming)) {
      for (var file : files.toList()) {
        var name = BodyName.parse(String.valueOf(file.getFileName()));
        if (name.isPresent() && committed.test(name.get())) {
          moveToHour(name.get());
        } else {
          Files.delete(file);
        }
      }
    } catch (IOException failed) {
      throw new StoreException("the folder " + incoming + " cannot be cleared: " + failed, failed);
    }
  }

  /// Held by the thread that prunes, from the commit to the last file, and by one that copies the
  /// store, so that a copy has all contents of its operations.
  public Lock removal() {
    return removal;
  }

  /// Deletes the files of pruned operations that were received before `cutoff`.
  public void prune(OperationId cutoff, Predicate<OperationId> pruned) {
    try {
      for (var hour : hoursUpTo(Keys.hour(cutoff))) {
        try (var files = Files.list(hour)) {
          for (var file : files.toList()) {
            var name = BodyName.parse(String.valueOf(file.getFileName()));
            if (name.isPresent() && pruned.test(name.get().id())) {
              Files.deleteIfExists(file);
            }
          }
        }
        try {
          durableHours.remove(Integer.valueOf(String.valueOf(hour.getFileName())));
          Files.delete(hour);
        } catch (DirectoryNotEmptyException stillNeeded) {
          LOG.trace("{} still has contents", hour);
        }
      }
    } catch (IOException failed) {
      throw new StoreException(
          "old contents in " + directory + " cannot be removed: " + failed, failed);
    }
  }

  private List<Path> hoursUpTo(int last) throws IOException {
    var hours = new ArrayList<Path>();
    try (var folders = Files.list(directory)) {
      for (var folder : folders.toList()) {
        var name = String.valueOf(folder.getFileName());
        if (name.matches("\\d{1,9}") && Integer.parseInt(name) <= last) {
          hours.add(folder);
        }
      }
    }
    return hours;
  }

  private Path hour(OperationId id) {
    return directory.resolve(Integer.toString(Keys.hour(id)));
  }

  private Path hourFile(BodyName name) {
    return hour(name.id()).resolve(name.file());
  }

  /// A content that has a file.
  public interface Named extends StoredContent {
    /// The name of the file.
    String file();
  }

  /// The files of a name that exist, also one that was not moved from `incoming/` yet.
  public List<Path> files(String file) {
    return BodyName.parse(file).stream()
        .flatMap(name -> Stream.of(hourFile(name), incoming.resolve(file)))
        .filter(Files::exists)
        .toList();
  }

  private final class Body implements Named {
    private final BodyName name;
    private final long length;

    Body(BodyName name, long length) {
      this.name = name;
      this.length = length;
    }

    @Override
    public String file() {
      return name.file();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public InputStream open(long offset) {
      StoredContent.checkOffset(offset, length);
      try {
        var channel = channel();
        if (channel.size() != BodyFormat.fileLength(length)) {
          channel.close();
          throw new StoreException.Damaged(
              "the content " + name.file() + " is damaged: its file has another length");
        }
        return new CheckedBody(channel, BodyFormat.of(name), length, offset);
      } catch (NoSuchFileException missing) {
        throw new StoreException.Damaged("the content " + name.file() + " is missing", missing);
      } catch (IOException failed) {
        throw new StoreException(
            "the content " + name.file() + " cannot be read: " + failed, failed);
      }
    }

    private FileChannel channel() throws IOException {
      try {
        return FileChannel.open(hourFile(name), StandardOpenOption.READ);
      } catch (NoSuchFileException notMovedYet) {
        try {
          return FileChannel.open(incoming.resolve(name.file()), StandardOpenOption.READ);
        } catch (NoSuchFileException movedMeanwhile) {
          return FileChannel.open(hourFile(name), StandardOpenOption.READ);
        }
      }
    }
  }
}
