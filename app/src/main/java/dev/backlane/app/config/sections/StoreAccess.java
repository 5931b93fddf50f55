package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.store.postgres.PostgresSettings;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What is needed to open a store that the command line names.
///
/// @param database how the database of a URL is reached
/// @param masterKey encrypts data keys; empty: none is given
/// @param otherMasterKeys may have encrypted data keys
public record StoreAccess(
    Function<String, PostgresSettings> database,
    Optional<MasterKey> masterKey,
    List<MasterKey> otherMasterKeys) {

  static StoreAccess of(Values values) {
    return new StoreAccess(
        url -> StoreSection.database(values, url, false),
        MasterKeySection.present(values),
        MasterKeySection.others(values));
  }
}
