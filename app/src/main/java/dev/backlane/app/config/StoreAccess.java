package dev.backlane.app.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What opens a store, wherever it lies.
///
/// @param user of a database; empty: as the driver has it
/// @param password of a database; empty: none, or as the driver has it
/// @param connectionsMax to a database
/// @param masterKey wraps the keys of what is sealed
/// @param otherMasterKeys may wrap them still, or already
/// @param retention how long what has ended is kept
public record StoreAccess(
    Optional<String> user,
    Optional<Secret> password,
    int connectionsMax,
    Optional<Secret> masterKey,
    List<Secret> otherMasterKeys,
    Duration retention) {
  static StoreAccess of(Values values) {
    return new StoreAccess(
        values.find(StoreSettings.USER),
        values.find(StoreSettings.PASSWORD),
        values.get(StoreSettings.CONNECTIONS_MAX),
        values.find(KeySettings.MASTER_KEY),
        Stream.of(KeySettings.PREVIOUS_MASTER_KEY, KeySettings.NEXT_MASTER_KEY)
            .flatMap(setting -> values.find(setting).stream())
            .toList(),
        values.get(Settings.RETENTION));
  }
}
