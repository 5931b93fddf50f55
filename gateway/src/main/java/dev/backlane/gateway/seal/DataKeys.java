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

/// The data keys, one at a time for each tenant, made when a tenant is first seen. They lie in the store, wrapped by the
/// master key: who has the disk alone has nothing, and to change the master key costs no more than wrapping them anew.
/// Thread-safe.
public final class DataKeys {
  /// The records they lie in.
  static final String KIND = "data-key";

  private static final Comparator<DataKey> NEWEST_LAST =
      Comparator.comparing(DataKey::createdAt).thenComparingLong(DataKey::id);

  /// Between two looks at what other nodes have made.
  private static final Duration RELOAD_PAUSE = Duration.ofSeconds(1);

  private final RecordStore records;
  private final MasterKey masterKey;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<Long, DataKey> byId = new ConcurrentHashMap<>();
  private final Map<String, DataKey> current = new ConcurrentHashMap<>();
  private final Object making = new Object();
  private Instant reloadedAt = Instant.EPOCH;

  private DataKeys(RecordStore records, MasterKey masterKey, InstantSource clock) {
    this.records = records;
    this.masterKey = masterKey;
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
    return open(records, MasterKey.loadOrCreate(masterKeyFile), Optional.empty(), clock);
  }

  /// Opens the keys with a master key at hand.
  ///
  /// @param previous wraps them until now; they are wrapped anew
  /// @throws MasterKeyException if it is another than the one that wrapped the keys
  public static DataKeys open(
      RecordStore records, MasterKey masterKey, Optional<MasterKey> previous, InstantSource clock) {
    var keys = new DataKeys(records, masterKey, clock);
    keys.load(previous);
    return keys;
  }

  private void load(Optional<MasterKey> previous) {
    var wrappedAnew = new ArrayList<RecordStore.Entry>();
    for (var entry : records.list(KIND)) {
      int wrappedBy = WrappedKey.masterKeyId(entry.value());
      if (wrappedBy == masterKey.id()) {
        learn(WrappedKey.open(entry.value(), masterKey));
      } else if (previous.isPresent() && previous.get().id() == wrappedBy) {
        var key = WrappedKey.open(entry.value(), previous.get());
        wrappedAnew.add(entry.to(WrappedKey.seal(key, masterKey, random)));
        learn(key);
      } else {
        throw new MasterKeyException(
            "what is stored was sealed with the master key %s, and this one is %s; give that one"
                .formatted(MasterKey.hex(wrappedBy), MasterKey.hex(masterKey.id())));
      }
    }
    if (!wrappedAnew.isEmpty() && !records.put(wrappedAnew)) {
      // Another node was faster, which is as good.
      reload();
    }
  }

  private void learn(DataKey key) {
    byId.put(key.id(), key);
    current.merge(
        key.tenant(), key, (one, other) -> NEWEST_LAST.compare(one, other) < 0 ? other : one);
  }

  /// Reads what other nodes have made.
  private void reload() {
    for (var entry : records.list(KIND)) {
      if (WrappedKey.masterKeyId(entry.value()) == masterKey.id()) {
        learn(WrappedKey.open(entry.value(), masterKey));
      }
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
      var made = current.get(tenant);
      return made != null ? made : make(tenant);
    }
  }

  // Two nodes may each make a first key; both are good, since what is sealed names its key.
  private DataKey make(String tenant) {
    byte[] secret = new byte[DataKey.KEY_BYTES];
    random.nextBytes(secret);
    var key = new DataKey(random.nextLong(), tenant, newestTime(tenant), secret);
    var entry =
        new RecordStore.Entry(
            KIND, DataKey.hex(key.id()), 0, WrappedKey.seal(key, masterKey, random));
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
  DataKey of(long id) {
    var known = byId.get(id);
    if (known != null) {
      return known;
    }
    synchronized (making) {
      // Anybody can show something sealed with a key that never was.
      var now = clock.instant();
      if (!now.isBefore(reloadedAt.plus(RELOAD_PAUSE))) {
        reload();
        reloadedAt = now;
      }
    }
    var made = byId.get(id);
    if (made == null) {
      throw new SealBrokenException("there is no data key " + DataKey.hex(id));
    }
    return made;
  }

  /// Gives every tenant a new key for what is new; what was sealed with the old ones stays readable.
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
    int wrapped = open(records, next, Optional.of(present), clock).byId.size();
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
