package dev.backlane.postgres.testkit;

import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.InputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The binaries of one version, a resource of this module. Instances of one version are equal, so
/// that each version is unpacked only once.
record Binaries(PostgresVersion version) implements PgBinaryResolver {
  /// The build selects the binaries for this machine; null if there are none.
  @Override
  public @Nullable InputStream getPgBinary(String system, String machineHardware) {
    var folder = version.name().toLowerCase(Locale.ROOT);
    return Binaries.class.getResourceAsStream(folder + "/postgres.txz");
  }
}
