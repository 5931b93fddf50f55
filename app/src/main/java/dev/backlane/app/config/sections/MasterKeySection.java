package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.WrongValueException;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.gateway.seal.MasterKeys;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// `store.master-key` and the keys that replace it. Stateless.
final class MasterKeySection {
  /// Continues the section `store`.
  static final Section SECTION = Section.withoutHeading();

  private static final Setting<MasterKey> MASTER_KEY =
      SECTION.add(
          Setting.of(
              "store.master-key",
              masterKey(),
              "Encrypts the data keys of credentials, webhook secrets and encrypted bodies; base64"
                  + " of 32 bytes. Set it as the variable BACKLANE_STORE_MASTER_KEY. If unset, the"
                  + " key in the file master.key in store.path, which is created at the first"
                  + " start. Required for store.kind postgres, the same at every node."));
  private static final Setting<MasterKey> PREVIOUS_MASTER_KEY =
      SECTION.add(
          Setting.of(
              "store.previous-master-key",
              masterKey(),
              "The old master key, set only to change the key: at the start, data keys that it"
                  + " encrypts are encrypted with store.master-key instead. Remove it afterwards."
                  + " With store.kind postgres, set store.next-master-key first."));
  static final Setting<MasterKey> NEXT_MASTER_KEY =
      SECTION.add(
          Setting.of(
              "store.next-master-key",
              masterKey(),
              "With store.kind postgres: the future master key. Set it at every node before any"
                  + " node has it as store.master-key, so that every node can decrypt what the"
                  + " others encrypt in the meantime."));

  private MasterKeySection() {}

  private static Scalar<MasterKey> masterKey() {
    return new Scalar<>(
        "base64 of 32 random bytes, such as 'openssl rand -base64 32' prints",
        "SECRET",
        false,
        text -> {
          try {
            return MasterKey.ofBase64(text);
          } catch (MasterKeyException malformed) {
            throw new WrongValueException("is not base64 of 32 bytes");
          }
        });
  }

  /// @param required whether the store has no directory for a master key file
  static void check(Values values, boolean required) {
    if (values.isGiven(MASTER_KEY)) {
      return;
    }
    if (required) {
      values.problem(
          MASTER_KEY,
          "is not set, and store.kind postgres has no directory for a master key file",
          "generate one with 'openssl rand -base64 32' and set the same key at all nodes,"
              + " preferably as BACKLANE_STORE_MASTER_KEY");
    } else {
      values.refuse(
          PREVIOUS_MASTER_KEY,
          "is set without store.master-key",
          "set the new key too, or replace the key in master.key with 'backlane keys rotate'");
    }
  }

  /// The configured master keys; empty: the master key is in a file.
  static Optional<MasterKeys> keys(Values values) {
    return values
        .find(MASTER_KEY)
        .map(key ->
            new MasterKeys(key, values.find(PREVIOUS_MASTER_KEY), values.find(NEXT_MASTER_KEY)));
  }

  static Optional<MasterKey> present(Values values) {
    return values.find(MASTER_KEY);
  }

  /// Other master keys that may have encrypted data keys.
  static List<MasterKey> others(Values values) {
    return Stream.of(PREVIOUS_MASTER_KEY, NEXT_MASTER_KEY)
        .flatMap(setting -> values.find(setting).stream())
        .toList();
  }
}
