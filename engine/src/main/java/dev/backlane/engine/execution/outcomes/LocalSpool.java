package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// The spool directory: responses over 64 KiB while they are received, and outcomes that the store
/// did not accept. All files are sealed, and readable by their owner only.
///
/// ```text
/// store.spool-path/
///   PROCESS/                  one folder for each process, locked while it lives
///     lock
///     OPERATION.MARK.body     a large response
///     OPERATION.VERSION.outcome   a held outcome, with a small response or the name of a large one
/// ```
///
/// Processes may share the directory. A process that starts adopts the folders of those that have
/// ended, and removes each when all of its outcomes are settled. Opened once by a process.
/// Thread-safe.
public final class LocalSpool implements HeldOutcomes, AutoCloseable {
  /// How often the file of an outcome is read before it counts as lost, 30: for about a minute of
  /// checks of a takeover. Files that cannot be opened because the process has too many are
  /// readable again later.
  private static final int READS_MAX = 30;

  private static final Pattern OUTCOME_FILE =
      Pattern.compile("([0-9a-f-]{36})\\.(\\d{1,18})\\.outcome");

  private final OutcomeSeal seal;
  private final SpoolBytes used;
  private final SpoolLog log;
  private final SpoolFolder own;
  private final Map<HeldOutcome.Key, Place> held = new ConcurrentHashMap<>();
  private final Map<HeldOutcome.Key, Integer> failedReads = new ConcurrentHashMap<>();
  private final List<SpoolFolder> adopted = new ArrayList<>();

  /// Where a held outcome is.
  ///
  /// @param share of its body
  private record Place(SpoolFolder folder, SpoolBytes.Share share) {}

  private LocalSpool(SpoolFolder own, OutcomeSeal seal, SpoolBytes used, SpoolLog log) {
    this.own = own;
    this.seal = seal;
    this.used = used;
    this.log = log;
  }

  /// Opens the directory, creates it if it is missing, and adopts what processes that have ended
  /// left there.
  ///
  /// @throws IOException if the directory cannot be used
  public static LocalSpool open(Path directory, SpoolLimits limits, OutcomeSeal seal)
      throws IOException {
    var own = SpoolFolder.create(directory);
    var used = new SpoolBytes(limits, Files.getFileStore(directory));
    var spool = new LocalSpool(own, seal, used, new SpoolLog(directory));
    for (var folder : SpoolFolder.abandoned(directory, own)) {
      spool.adopt(folder);
    }
    return spool;
  }

  private void adopt(SpoolFolder folder) throws IOException {
    var outcomes = new ArrayList<HeldOutcome.Key>();
    for (var file : folder.files()) {
      used.add(Files.size(file));
      key(file).ifPresent(outcomes::add);
    }
    outcomes.forEach(key -> held.put(key, new Place(folder, used.ofNoTenant())));
    if (outcomes.isEmpty()) {
      empty(folder);
    } else {
      adopted.add(folder);
    }
  }

  private static Optional<HeldOutcome.Key> key(Path file) {
    var match = OUTCOME_FILE.matcher(String.valueOf(file.getFileName()));
    return match.matches()
        ? OperationId.parse(match.group(1))
            .map(id -> new HeldOutcome.Key(id, Long.parseLong(match.group(2))))
        : Optional.empty();
  }

  /// Removes what a process that has ended was writing, and its folder.
  private void empty(SpoolFolder folder) throws IOException {
    for (var file : folder.files()) {
      LocalBody.delete(file, used.ofNoTenant());
    }
    folder.close();
  }

  /// Begins a large response.
  ///
  /// @param store opens a spool of the store, which is used if the local disk fails or is full
  Spool response(OperationId id, String tenant, Supplier<Spool> store) {
    try {
      var name = new LocalBody.Name(id, ThreadLocalRandom.current().nextLong());
      var writer = new BodyWriter(own.path(), name, seal, used.of(tenant));
      return new ResponseSpool(writer, store, log);
    } catch (IOException failed) {
      log.failed(failed);
      return store.get();
    }
  }

  @Override
  public boolean hold(Operation running, Verdict verdict, Content response) {
    var key = HeldOutcome.Key.of(running);
    if (held.containsKey(key)) {
      return true;
    }
    return switch (response) {
      case Content.Inline(byte[] bytes) ->
          hold(
              key,
              verdict,
              new OutcomeCodec.Body.Inline(bytes),
              used.of(running.caller().tenant()));
      case Content.Spooled(long _, LocalBody body) -> hold(key, verdict, body);
      // It was too large for the local disk, and is in the store already, as far as it goes.
      case Content.Spooled _ -> false;
    };
  }

  private boolean hold(HeldOutcome.Key key, Verdict verdict, LocalBody body) {
    try {
      body.keep();
    } catch (IOException failed) {
      log.failed(failed);
      return false;
    }
    boolean durable =
        hold(
            key,
            verdict,
            new OutcomeCodec.Body.File(body.name().mark(), body.length()),
            body.share());
    if (!durable) {
      body.release();
    }
    return durable;
  }

  private boolean hold(
      HeldOutcome.Key key, Verdict verdict, OutcomeCodec.Body body, SpoolBytes.Share share) {
    try {
      byte[] record =
          seal.seal(OutcomeCodec.encode(new OutcomeCodec.Outcome(verdict, body)), sealName(key));
      used.reserve(record.length);
      try {
        own.write(fileName(key), record);
      } catch (IOException failed) {
        used.release(record.length);
        throw failed;
      }
      held.put(key, new Place(own, share));
      log.worked();
      return true;
    } catch (IOException | StoreException failed) {
      log.failed(failed);
      return false;
    }
  }

  @Override
  public List<HeldOutcome.Key> ofEarlierProcesses() {
    return held.entrySet().stream()
        .filter(entry -> entry.getValue().folder() != own)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public Optional<HeldOutcome> find(HeldOutcome.Key key) {
    var place = held.get(key);
    return place == null ? Optional.empty() : read(key, place);
  }

  private Optional<HeldOutcome> read(HeldOutcome.Key key, Place place) {
    var folder = place.folder();
    var file = folder.path().resolve(fileName(key));
    try {
      var record = seal.open(Files.readAllBytes(file), sealName(key));
      if (record.isEmpty()) {
        return unreadable(key, file, "its seal does not open");
      }
      var outcome = OutcomeCodec.decode(record.get());
      var response =
          switch (outcome.body()) {
            case OutcomeCodec.Body.Inline(byte[] bytes) -> new Content.Inline(bytes);
            case OutcomeCodec.Body.File(long mark, long length) -> {
              var name = new LocalBody.Name(key.id(), mark);
              yield new Content.Spooled(
                  length, new LocalBody(folder.path(), name, length, seal, place.share()));
            }
          };
      failedReads.remove(key);
      return Optional.of(new HeldOutcome(key, outcome.verdict(), response));
    } catch (NoSuchFileException | CorruptRecordException lost) {
      return unreadable(key, file, lost.toString());
    } catch (IOException failed) {
      if (failedReads.merge(key, 1, Integer::sum) < READS_MAX) {
        throw new StoreException(
            "the held outcome of operation " + key.id() + " cannot be read now: " + failed, failed);
      }
      return unreadable(key, file, failed.toString());
    }
  }

  private Optional<HeldOutcome> unreadable(HeldOutcome.Key key, Path file, String why) {
    SpoolLog.unreadable(file, why);
    failedReads.remove(key);
    var place = held.remove(key);
    if (place != null) {
      releaseIfSettled(place.folder());
    }
    return Optional.empty();
  }

  @Override
  public void remove(HeldOutcome.Key key) {
    var place = held.get(key);
    if (place == null) {
      return;
    }
    var folder = place.folder();
    Optional<HeldOutcome> outcome;
    try {
      outcome = read(key, place);
    } catch (StoreException later) {
      // Its files stay for the next process, which finds that it is settled.
      SpoolLog.notRemoved(folder.path().resolve(fileName(key)), later);
      held.remove(key);
      return;
    }
    if (outcome.isEmpty()) {
      return;
    }
    // A crash between the two leaves a body without an outcome, which the next process removes.
    LocalBody.delete(folder.path().resolve(fileName(key)), used.ofNoTenant());
    if (outcome.get().response() instanceof Content.Spooled(long _, LocalBody body)) {
      body.close();
    }
    held.remove(key);
    releaseIfSettled(folder);
  }

  /// Releases an adopted folder without outcomes that can be settled, and removes it unless it has
  /// others.
  private void releaseIfSettled(SpoolFolder folder) {
    if (folder == own || holds(folder)) {
      return;
    }
    try {
      if (folder.files().stream().anyMatch(file -> key(file).isPresent())) {
        folder.close();
      } else {
        empty(folder);
      }
    } catch (IOException failed) {
      SpoolLog.notRemoved(folder.path(), failed);
    }
  }

  private boolean holds(SpoolFolder folder) {
    return held.values().stream().anyMatch(place -> place.folder() == folder);
  }

  @Override
  public int count() {
    return held.size();
  }

  private static String fileName(HeldOutcome.Key key) {
    return key.id() + "." + key.version() + ".outcome";
  }

  private static byte[] sealName(HeldOutcome.Key key) {
    byte[] operation = key.id().bytes();
    return ByteBuffer.allocate(operation.length + Long.BYTES)
        .put(operation)
        .putLong(key.version())
        .array();
  }

  /// Releases the folders, for the next process on this machine.
  @Override
  public void close() {
    try {
      own.close();
      for (var folder : adopted) {
        folder.close();
      }
    } catch (IOException failed) {
      SpoolLog.notRemoved(own.path(), failed);
    }
  }
}
