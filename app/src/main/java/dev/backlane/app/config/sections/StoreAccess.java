package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.store.postgres.PostgresSettings;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The credentials and keys for opening a store that is named on the command line.
///
/// @param database the settings of the connection to the database of a URL
/// @param masterKey encrypts data keys; empty: not set
/// @param otherMasterKeys other keys that may have encrypted data keys
public record StoreAccess(
    Function<String, PostgresSettings> database,
    Optional<MasterKey> masterKey,
    List<MasterKey> otherMasterKeys) {

  static StoreAccess of(Values values) {
    return new StoreAccess(
        url -> StoreSection.database(values, url, false),
        StoreSection.masterKey(values),
        StoreSection.otherMasterKeys(values));
  }
}
