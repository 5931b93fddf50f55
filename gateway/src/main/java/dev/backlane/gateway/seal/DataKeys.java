package dev.backlane.gateway.seal;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreException;
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

/// The data keys, one at a time for each tenant, made when a tenant is first seen. They lie in the store, wrapped by the
/// master key: who has the disk alone has nothing, and to change the master key costs no more than wrapping them anew. Where
/// nodes share the store, each finds what the others have made when it needs it. Thread-safe.
public final class DataKeys {
  private static final Logger LOG = LoggerFactory.getLogger(DataKeys.class);

  /// The records they lie in.
  static final String KIND = "data-key";

  private static final Comparator<DataKey> NEWEST_LAST =
      Comparator.comparing(DataKey::createdAt).thenComparingLong(DataKey::id);

  /// Between two looks for the first key of a tenant, so that many new tenants at once cost one.
  private static final Duration LOOK_PAUSE = Duration.ofSeconds(1);

  private final RecordStore records;
  private final MasterKeys masterKeys;
  private final boolean shared;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<Long, DataKey> byId = new ConcurrentHashMap<>();
  private final Map<String, DataKey> current = new ConcurrentHashMap<>();
  private final Object making = new Object();
  private final ReentrantLock finding = new ReentrantLock(true);
  private Instant lookedAt = Instant.MIN;
  private boolean foreign;

  private DataKeys(
      RecordStore records, MasterKeys masterKeys, boolean shared, InstantSource clock) {
    this.records = records;
    this.masterKeys = masterKeys;
    this.shared = shared;
    this.clock = clock;
  }

  /// What an operator may know of a key.
  ///
  /// @param id in hexadecimal digits
  /// @param current whether it seals what is new
  public record KeyInfo(String id, String tenant, Instant createdAt, boolean current) {}

  /// Opens the keys with the master key in a file, which is made, with a new key, where there is none and nothing was sealed
  /// yet. A change of the master key that a crash has broken off is ended first.
  ///
  /// @throws MasterKeyException if the file is missing, is not good, or is not the one that wrapped the keys
  public static DataKeys open(RecordStore records, Path masterKeyFile, InstantSource clock) {
    endRotation(records, masterKeyFile);
    if (Files.notExists(masterKeyFile) && !records.list(KIND).isEmpty()) {
      throw new MasterKeyException(
          masterKeyFile
              + " is missing, and what is stored was sealed with it; restore it from your backup");
    }
    return open(records, MasterKeys.of(MasterKey.loadOrCreate(masterKeyFile)), clock);
  }

  /// Opens the keys of a store of one process with master keys at hand. What the previous one wraps is wrapped anew.
  ///
  /// @throws MasterKeyException if another than these wrapped the keys
  public static DataKeys open(RecordStore records, MasterKeys masterKeys, InstantSource clock) {
    var keys = new DataKeys(records, masterKeys, false, clock);
    keys.load();
    return keys;
  }

  /// Opens the keys of a store that other nodes share, who may make keys and wrap them anew meanwhile. On return there is a key:
  /// by it, a node that is given another master key is told so when it starts.
  ///
  /// @throws MasterKeyException if another than these wrapped the keys
  public static DataKeys openShared(
      RecordStore records, MasterKeys masterKeys, InstantSource clock) {
    var keys = new DataKeys(records, masterKeys, true, clock);
    keys.load();
    if (keys.byId.isEmpty()) {
      keys.makeFirst();
    }
    return keys;
  }

  /// Opens the keys of a store to look at what they have sealed: writes nothing.
  ///
  /// @param known master keys that may wrap them; at least one
  /// @throws MasterKeyException if another than these wrapped the keys
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

  // Of two nodes that begin at once with different master keys, at least one sees the other's. It
  // leaves nothing behind that would keep the other from starting again.
  private void makeFirst() {
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
          "what is stored was sealed with the master key %s, and this one is %s; give that one"
              .formatted(MasterKey.hex(another.get()), MasterKey.hex(masterKeys.present().id())));
    }
    learn(entries);
  }

  /// A master key that wraps some of the keys, and that this process does not have.
  private Optional<Integer> foreignTo(List<RecordStore.Entry> entries) {
    return entries.stream()
        .map(entry -> WrappedKey.masterKeyId(entry.value()))
        .filter(id -> masterKeys.of(id).isEmpty())
        .findFirst();
  }

  /// Learns the keys that can be opened here, and wraps anew those that the previous master key wraps.
  private void learn(List<RecordStore.Entry> entries) {
    var wrappedAnew = new ArrayList<RecordStore.Entry>();
    for (var entry : entries) {
      int wrappedBy = WrappedKey.masterKeyId(entry.value());
      var masterKey = masterKeys.of(wrappedBy);
      if (masterKey.isPresent()) {
        // What is known need not be opened again, which costs more than all the rest.
        var known = byId.get(WrappedKey.keyId(entry.value()));
        var key = known != null ? known : WrappedKey.open(entry.value(), masterKey.get());
        learn(key);
        if (masterKeys.outdated(wrappedBy)) {
          wrappedAnew.add(entry.to(WrappedKey.seal(key, masterKeys.present(), random)));
        }
      }
    }
    if (!wrappedAnew.isEmpty() && !records.put(wrappedAnew)) {
      LOG.debug("another node has wrapped data keys anew, which is as good");
    }
  }

  private void learn(DataKey key) {
    byId.put(key.id(), key);
    current.merge(
        key.tenant(), key, (one, other) -> NEWEST_LAST.compare(one, other) < 0 ? other : one);
  }

  /// Learns what other nodes have made since, so that all seal with a tenant's newest key, and wraps anew what nodes that had the
  /// previous master key alone have wrapped meanwhile.
  ///
  /// @throws StoreException if the store cannot be read
  public void refresh() {
    synchronized (making) {
      lookedAt = clock.instant();
      var entries = records.list(KIND);
      var another = foreignTo(entries);
      if (another.isPresent() && !foreign) {
        LOG.error(
            "other nodes seal with the master key {}, which this one does not have, so it cannot open what they seal;"
                + " give all nodes the same store.master-key",
            MasterKey.hex(another.get()));
      }
      foreign = another.isPresent();
      learn(entries);
    }
  }

  /// The key that seals what is new of a tenant. The first of a tenant is durable on return.
  ///
  /// @throws StoreException if it cannot be made
  DataKey current(String tenant) {
    var known = current.get(tenant);
    if (known != null) {
      return known;
    }
    synchronized (making) {
      if (shared && !clock.instant().isBefore(lookedAt.plus(LOOK_PAUSE))) {
        refresh();
      }
      var made = current.get(tenant);
      return made != null ? made : make(tenant);
    }
  }

  // Two nodes may each make a first key; both are good, since what is sealed names its key. The
  // newest is everybody's after the next refresh.
  private DataKey make(String tenant) {
    byte[] secret = new byte[DataKey.KEY_BYTES];
    random.nextBytes(secret);
    var key = new DataKey(random.nextLong(), tenant, newestTime(tenant), secret);
    var entry =
        new RecordStore.Entry(
            KIND, DataKey.hex(key.id()), 0, WrappedKey.seal(key, masterKeys.present(), random));
    if (!records.put(List.of(entry))) {
      throw new StoreException("a new data key has the id of another");
    }
    learn(key);
    return key;
  }

  // What is made last is the newest, also where the clock was set back; in milliseconds, as it is
  // stored, so that it still is when it is read again.
  private Instant newestTime(String tenant) {
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var before = current.get(tenant);
    return before == null || before.createdAt().isBefore(now)
        ? now
        : before.createdAt().plusMillis(1);
  }

  /// The key of an id.
  ///
  /// @throws SealBrokenException if there is none
  /// @throws StoreException if the store cannot tell, or this process does not have the master key that wraps it
  DataKey of(long id) {
    var known = byId.get(id);
    return known != null ? known : ofAnotherNode(id);
  }

  // Anybody can show something sealed with a key that never was. So these questions wait for one
  // another, and take up no more than one connection of the store.
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
                      "the data key %s is wrapped by the master key %s, which this node does not have"
                          .formatted(DataKey.hex(id), MasterKey.hex(wrappedBy))));
      var found = WrappedKey.open(entry.value(), masterKey);
      learn(found);
      return found;
    } finally {
      finding.unlock();
    }
  }

  /// Gives every tenant a new key for what is new; what was sealed with the old ones stays readable. Other nodes that share the
  /// store seal with the new ones from their next refresh on.
  ///
  /// @return how many
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

  /// Replaces the master key in its file by a new one: all keys are wrapped anew in one commit. A crash leaves the one or the
  /// other, never neither.
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
