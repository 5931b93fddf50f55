package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Scalar;
import java.util.Base64;
import java.util.List;

/// The settings of the key that what is sealed stands on.
final class KeySettings {
  private static final int KEY_BYTES = 32;

  static final Setting<Secret> MASTER_KEY =
      Setting.of(
          "store.master-key",
          masterKey(),
          "Wraps the keys that credentials, webhook secrets and encrypted bodies are sealed with; base64 of 32 bytes. Best"
              + " given as BACKLANE_STORE_MASTER_KEY. Left out: it lies in the file master.key in store.path, made at the"
              + " first start. Required for store.kind postgres, the same at every node.");
  static final Setting<Secret> PREVIOUS_MASTER_KEY =
      Setting.of(
          "store.previous-master-key",
          masterKey(),
          "The master key until now, to change it: all keys that it wraps are wrapped anew. Then leave it out again. With"
              + " store.kind postgres, first give store.next-master-key.");
  static final Setting<Secret> NEXT_MASTER_KEY =
      Setting.of(
          "store.next-master-key",
          masterKey(),
          "With store.kind postgres: the master key to come, given to every node before any has it as store.master-key, so that"
              + " each opens what the others seal meanwhile.");

  static final List<Setting<?>> ALL = List.of(MASTER_KEY, PREVIOUS_MASTER_KEY, NEXT_MASTER_KEY);

  private KeySettings() {}

  private static Scalar<Secret> masterKey() {
    return new Scalar<>(
        "base64 of 32 random bytes, such as 'openssl rand -base64 32' prints",
        "SECRET",
        false,
        text -> {
          try {
            if (Base64.getDecoder().decode(text.strip()).length == KEY_BYTES) {
              return new Secret(text.strip());
            }
          } catch (IllegalArgumentException malformed) {
            // As one of another length.
          }
          throw new ValueType.WrongValueException("is not base64 of 32 bytes");
        });
  }

  /// @param required whether there is no directory for the master key to lie in
  static void check(Values values, boolean required, Problems problems) {
    if (values.isGiven(MASTER_KEY)) {
      return;
    }
    if (required) {
      problems.add(
          values.origin(MASTER_KEY),
          MASTER_KEY.key(),
          "is not set, and store.kind postgres has no directory for it to lie in",
          "make one with 'openssl rand -base64 32', and give all nodes the same, best as BACKLANE_STORE_MASTER_KEY");
    } else if (values.isGiven(PREVIOUS_MASTER_KEY)) {
      problems.add(
          values.origin(PREVIOUS_MASTER_KEY),
          PREVIOUS_MASTER_KEY.key(),
          "is set without store.master-key",
          "give the new key too, or change the one in master.key with 'backlane keys rotate'");
    }
  }
}
