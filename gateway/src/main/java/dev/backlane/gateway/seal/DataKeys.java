package dev.backlane.gateway.seal;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The data keys of envelope encryption, one current key for each tenant, created when a tenant is
/// first seen. They are stored wrapped by the master key: the disk alone reveals nothing, and
/// a new master key requires only that they are wrapped again. Nodes that share a store load each
/// other's keys when they need them. Thread-safe.
public final class DataKeys {
  private static final Logger LOG = LoggerFactory.getLogger(DataKeys.class);

  /// The record kind of data keys.
  static final String KIND = "data-key";

  private static final Comparator<DataKey> NEWEST_LAST =
      Comparator.comparing(DataKey::createdAt).thenComparingLong(DataKey::id);

  /// The shortest time between two queries for the first key of a tenant, so that many new tenants
  /// at once cost one query.
  private static final Duration FIRST_KEY_QUERY_INTERVAL = Duration.ofSeconds(1);

  private final RecordStore records;
  private final MasterKeys masterKeys;
  private final boolean shared;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<Long, DataKey> byId = new ConcurrentHashMap<>();
  private final Map<String, DataKey> current = new ConcurrentHashMap<>();
  private final Object making = new Object();
  private final ReentrantLock finding = new ReentrantLock(true);
  private Instant refreshedAt = Instant.MIN;
  private boolean foreign;

  private DataKeys(
      RecordStore records, MasterKeys masterKeys, boolean shared, InstantSource clock) {
    this.records = records;
    this.masterKeys = masterKeys;
    this.shared = shared;
    this.clock = clock;
  }

  /// The facts about a key that operators may see.
  ///
  /// @param id in hexadecimal digits
  /// @param current whether new values are sealed with it
  public record KeyInfo(String id, String tenant, Instant createdAt, boolean current) {}

  /// Opens the keys with the master key in a file, which is created with a new key if it is missing
  /// and nothing was sealed yet. A change of the master key that a crash interrupted is completed
  /// first.
  ///
  /// @throws MasterKeyException if the file is missing or invalid, or its key did not wrap the keys
  public static DataKeys open(RecordStore records, Path masterKeyFile, InstantSource clock) {
    endRotation(records, masterKeyFile);
    if (Files.notExists(masterKeyFile) && !records.list(KIND).isEmpty()) {
      throw new MasterKeyException(
          masterKeyFile
              + " is missing, and stored values were sealed with it; restore it from your backup");
    }
    return open(records, MasterKeys.of(MasterKey.loadOrCreate(masterKeyFile)), clock);
  }

  /// Opens the keys of a store of one process with the given master keys. Keys that the previous
  /// one wraps are wrapped again.
  ///
  /// @throws MasterKeyException if another master key wrapped the keys
  public static DataKeys open(RecordStore records, MasterKeys masterKeys, InstantSource clock) {
    var keys = new DataKeys(records, masterKeys, false, clock);
    keys.load();
    return keys;
  }

  /// Opens the keys of a store that other nodes share, which may create and rewrap keys at the same
  /// time. On return there is a key: with it, a node that has another master key notices this at
  /// its start.
  ///
  /// @throws MasterKeyException if another master key wrapped the keys
  public static DataKeys openShared(
      RecordStore records, MasterKeys masterKeys, InstantSource clock) {
    var keys = new DataKeys(records, masterKeys, true, clock);
    keys.load();
    if (keys.byId.isEmpty()) {
      keys.createFirstKey();
    }
    return keys;
  }

  /// Opens the keys of a store for reading sealed values: writes nothing.
  ///
  /// @param known master keys that may wrap them; at least one
  /// @throws MasterKeyException if another master key wrapped the keys
  public static DataKeys look(RecordStore records, List<MasterKey> known, InstantSource clock) {
    var wrapping =
        records.list(KIND).stream()
            .map(entry -> WrappedKey.masterKeyId(entry.value()))
            .distinct()
            .flatMap(id -> known.stream().filter(key -> key.id() == id).limit(1))
            .toList();
    var masterKeys =
        new MasterKeys(
            wrapping.isEmpty() ? known.getFirst() : wrapping.getFirst(),
            Optional.empty(),
            wrapping.stream().skip(1).findFirst());
    var keys = new DataKeys(records, masterKeys, true, clock);
    keys.load();
    return keys;
  }

  // Of two nodes that start at once with different master keys, at least one sees the other's. It
  // leaves nothing in the store that would prevent the other from starting again.
  private void createFirstKey() {
    var made = current("");
    try {
      load();
    } catch (MasterKeyException another) {
      records.find(KIND, DataKey.hex(made.id())).ifPresent(records::remove);
      throw another;
    }
  }

  private void load() {
    var entries = records.list(KIND);
    var another = foreignTo(entries);
    if (another.isPresent()) {
      throw new MasterKeyException(
          "the store was sealed with the master key %s, and this one is %s; configure that one"
              .formatted(MasterKey.hex(another.get()), MasterKey.hex(masterKeys.present().id())));
    }
    learn(entries);
  }

  /// A master key that wraps some of the keys and is missing in this process.
  private Optional<Integer> foreignTo(List<RecordStore.Entry> entries) {
    return entries.stream()
        .map(entry -> WrappedKey.masterKeyId(entry.value()))
        .filter(id -> masterKeys.of(id).isEmpty())
        .findFirst();
  }

  /// Loads the keys that can be opened here, and rewraps those that the previous master key wraps.
  private void learn(List<RecordStore.Entry> entries) {
    var rewrapped = new ArrayList<RecordStore.Entry>();
    for (var entry : entries) {
      int wrappedBy = WrappedKey.masterKeyId(entry.value());
      var masterKey = masterKeys.of(wrappedBy);
      if (masterKey.isPresent()) {
        // Known keys are not opened again, which would cost more than everything else here.
        var known = byId.get(WrappedKey.keyId(entry.value()));
        var key = known != null ? known : WrappedKey.open(entry.value(), masterKey.get());
        learn(key);
        if (masterKeys.outdated(wrappedBy)) {
          rewrapped.add(entry.to(WrappedKey.seal(key, masterKeys.present(), random)));
        }
      }
    }
    if (!rewrapped.isEmpty() && !records.put(rewrapped)) {
      LOG.debug("another node has rewrapped the data keys");
    }
  }

  private void learn(DataKey key) {
    byId.put(key.id(), key);
    current.merge(
        key.tenant(), key, (one, other) -> NEWEST_LAST.compare(one, other) < 0 ? other : one);
  }

  /// Loads the keys that other nodes created, so that all nodes seal with a tenant's newest key,
  /// and rewraps those that nodes with only the previous master key have wrapped.
  ///
  /// @throws StoreException if the store cannot be read
  public void refresh() {
    synchronized (making) {
      refreshedAt = clock.instant();
      var entries = records.list(KIND);
      var another = foreignTo(entries);
      if (another.isPresent() && !foreign) {
        LOG.error(
            "other nodes seal with the master key {}, which is missing here, so this node cannot open what they seal;"
                + " configure the same store.master-key on all nodes",
            MasterKey.hex(another.get()));
      }
      foreign = another.isPresent();
      learn(entries);
    }
  }

  /// The key that seals a tenant's new values. The first key of a tenant is durable on return.
  ///
  /// @throws StoreException if it cannot be created
  DataKey current(String tenant) {
    var known = current.get(tenant);
    if (known != null) {
      return known;
    }
    synchronized (making) {
      if (shared && !clock.instant().isBefore(refreshedAt.plus(FIRST_KEY_QUERY_INTERVAL))) {
        refresh();
      }
      var made = current.get(tenant);
      return made != null ? made : make(tenant);
    }
  }

  // Two nodes may each create a first key; both are valid, since sealed values name their key. All
  // nodes use the newest after the next refresh.
  private DataKey make(String tenant) {
    byte[] secret = new byte[DataKey.KEY_BYTES];
    random.nextBytes(secret);
    var key = new DataKey(random.nextLong(), tenant, newestTime(tenant), secret);
    var entry =
        new RecordStore.Entry(
            KIND, DataKey.hex(key.id()), 0, WrappedKey.seal(key, masterKeys.present(), random));
    if (!records.put(List.of(entry))) {
      throw new StoreException("the random id of a new data key is in use; try again");
    }
    learn(key);
    return key;
  }

  // The key created last is the newest, even if the clock was set back. Truncated to milliseconds,
  // the stored precision, so that the order is the same after reading it back.
  private Instant newestTime(String tenant) {
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var before = current.get(tenant);
    return before == null || before.createdAt().isBefore(now)
        ? now
        : before.createdAt().plusMillis(1);
  }

  /// The key with an id.
  ///
  /// @throws UnsealException if there is none
  /// @throws StoreException if the store is unavailable, or the master key that wraps it is missing
  ///     here
  DataKey of(long id) {
    var known = byId.get(id);
    return known != null ? known : ofAnotherNode(id);
  }

  // Any client can send a value sealed with a key that never existed. So these queries wait for one
  // another, and use at most one connection of the store.
  private DataKey ofAnotherNode(long id) {
    finding.lock();
    try {
      var known = byId.get(id);
      if (known != null) {
        return known;
      }
      var entry =
          records
              .find(KIND, DataKey.hex(id))
              .orElseThrow(() -> new UnsealException("there is no data key " + DataKey.hex(id)));
      int wrappedBy = WrappedKey.masterKeyId(entry.value());
      var masterKey =
          masterKeys
              .of(wrappedBy)
              .orElseThrow(() ->
                  new StoreException(
                      "the data key %s is wrapped by the master key %s, which is missing on this node"
                          .formatted(DataKey.hex(id), MasterKey.hex(wrappedBy))));
      var found = WrappedKey.open(entry.value(), masterKey);
      learn(found);
      return found;
    } finally {
      finding.unlock();
    }
  }

  /// Creates a new key for each tenant's new values; values sealed with the old ones stay readable.
  /// Other nodes that share the store use the new keys from their next refresh on.
  ///
  /// @return how many keys were created
  public int renew() {
    synchronized (making) {
      var tenants = List.copyOf(current.keySet());
      tenants.forEach(this::make);
      return tenants.size();
    }
  }

  /// All keys, by tenant and age.
  public List<KeyInfo> list() {
    return byId.values().stream()
        .sorted(Comparator.comparing(DataKey::tenant).thenComparing(NEWEST_LAST))
        .map(key ->
            new KeyInfo(
                DataKey.hex(key.id()),
                key.tenant(),
                key.createdAt(),
                current.get(key.tenant()) == key))
        .toList();
  }

  /// Replaces the master key in its file by a new one: all keys are rewrapped in one commit. A
  /// crash leaves the old or the new one in force, never none.
  ///
  /// @return how many keys were wrapped
  /// @throws MasterKeyException if the file cannot be read or replaced
  public static int rotate(RecordStore records, Path masterKeyFile, InstantSource clock) {
    open(records, masterKeyFile, clock);
    var present = MasterKey.loadOrCreate(masterKeyFile);
    var next = MasterKey.loadOrCreate(nextOf(masterKeyFile));
    int wrapped = open(records, MasterKeys.changed(present, next), clock).byId.size();
    promote(masterKeyFile);
    return wrapped;
  }

  private static void endRotation(RecordStore records, Path masterKeyFile) {
    var next = nextOf(masterKeyFile);
    if (Files.notExists(next)) {
      return;
    }
    int id = MasterKey.loadOrCreate(next).id();
    var all = records.list(KIND);
    if (!all.isEmpty()
        && all.stream().allMatch(entry -> WrappedKey.masterKeyId(entry.value()) == id)) {
      promote(masterKeyFile);
    } else {
      delete(next);
    }
  }

  private static Path nextOf(Path masterKeyFile) {
    return masterKeyFile.resolveSibling(masterKeyFile.getFileName() + ".next");
  }

  private static void promote(Path masterKeyFile) {
    try {
      MasterKeyFile.replace(masterKeyFile, nextOf(masterKeyFile));
    } catch (IOException failed) {
      throw new MasterKeyException("cannot replace the master key in " + masterKeyFile, failed);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException failed) {
      throw new MasterKeyException("cannot delete " + file, failed);
    }
  }
}
