package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.engine.store.local.OwnerOnly;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.MalformedJsonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The actions of operators, one line of JSON each: `timeUtc`, `operator`, `remote`, `action`,
/// `target`. A line is on disk before the action begins; an action that cannot be recorded is
/// refused. Also written to the logger `dev.backlane.audit`. Thread-safe.
public final class AuditLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("dev.backlane.audit");

  /// The most of the end of the file that [#last] reads.
  private static final int READ_BYTES_MAX = 256 * 1024;

  private final Optional<Path> path;
  private final @Nullable FileChannel file;
  private final InstantSource clock;

  /// One action.
  ///
  /// @param remote the operator's address
  /// @param action such as `subscription.rotate`
  /// @param target the resource that the action changed
  public record Entry(
      Instant timeUtc, String operator, String remote, String action, String target) {
    public Entry {
      Stream.of(timeUtc, operator, remote, action, target).forEach(Objects::requireNonNull);
    }
  }

  private AuditLog(Optional<Path> path, @Nullable FileChannel file, InstantSource clock) {
    this.path = path;
    this.file = file;
    this.clock = clock;
  }

  /// Opens the log.
  ///
  /// @param path appended to; created with access for its owner only if it is missing; empty: the
  ///     logger only
  /// @throws StoreException if the file cannot be written
  public static AuditLog open(Optional<Path> path, InstantSource clock) {
    if (path.isEmpty()) {
      return new AuditLog(path, null, clock);
    }
    try {
      if (Files.isRegularFile(path.get())) {
        OwnerOnly.restrictFile(path.get());
      }
      var file =
          FileChannel.open(
              path.get(),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
              OwnerOnly.file(path.get()));
      DurableFiles.syncFolderOf(path.get());
      return new AuditLog(path, file, clock);
    } catch (IOException refused) {
      throw new StoreException(
          "cannot open the audit log " + path.get() + ": " + refused.getMessage(), refused);
    }
  }

  /// Records an action before it begins; durable on return.
  ///
  /// @param remote the operator's address
  /// @param action such as `subscription.rotate`
  /// @param target the resource that the action changes
  /// @throws StoreException if it cannot be recorded
  public void record(Operator operator, String remote, String action, String target) {
    var line = new LinkedHashMap<String, String>();
    line.put("timeUtc", clock.instant().toString());
    line.put("operator", operator.name());
    line.put("remote", remote);
    line.put("action", action);
    line.put("target", target);
    byte[] json = Json.bytes(line);
    append(json);
    LOG.info("{}", new String(json, UTF_8));
  }

  /// The file with all actions; empty: they are in the logger only.
  public Optional<Path> file() {
    return path;
  }

  /// The last actions, newest first: at most `max`, and at most those in the last 256 KiB of the
  /// file. None if there is no file.
  ///
  /// @throws StoreException if the file cannot be read
  public List<Entry> last(int max) {
    if (path.isEmpty()) {
      return List.of();
    }
    var lines = end(path.get()).split("\n", -1);
    var entries = new ArrayList<Entry>();
    for (int i = lines.length - 1; i >= 0 && entries.size() < max; i--) {
      entry(lines[i]).ifPresent(entries::add);
    }
    return List.copyOf(entries);
  }

  private static String end(Path path) {
    try (var read = FileChannel.open(path, StandardOpenOption.READ)) {
      long begin = Math.max(0, read.size() - READ_BYTES_MAX);
      var bytes = ByteBuffer.allocate((int) (read.size() - begin));
      while (bytes.hasRemaining() && read.read(bytes, begin + bytes.position()) >= 0) {}
      return new String(bytes.array(), 0, bytes.position(), UTF_8);
    } catch (IOException failed) {
      throw new StoreException("cannot read the audit log: " + failed.getMessage(), failed);
    }
  }

  // The first line may be cut off, and the last one may be in the course of being written.
  private static Optional<Entry> entry(String line) {
    try {
      return line.isEmpty()
          ? Optional.empty()
          : Optional.of(Json.read(line.getBytes(UTF_8), Entry.class));
    } catch (MalformedJsonException partial) {
      return Optional.empty();
    }
  }

  private synchronized void append(byte[] json) {
    if (file == null) {
      return;
    }
    var bytes = ByteBuffer.allocate(json.length + 1).put(json).put((byte) '\n').flip();
    try {
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(false);
    } catch (IOException failed) {
      throw new StoreException("cannot write the audit log: " + failed.getMessage(), failed);
    }
  }

  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException failed) {
      LOG.warn("cannot close the audit log: {}", failed.getMessage());
    }
  }
}
