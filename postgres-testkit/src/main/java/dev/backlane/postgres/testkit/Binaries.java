package dev.backlane.postgres.testkit;

import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.InputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The binaries of one version, a resource of this module. Equal for the same version, so that each
/// is unpacked once.
record Binaries(PostgresVersion version) implements PgBinaryResolver {
  /// Selected by the build for this machine; null if there are none.
  @Override
  public @Nullable InputStream getPgBinary(String system, String machineHardware) {
    var folder = version.name().toLowerCase(Locale.ROOT);
    return Binaries.class.getResourceAsStream(folder + "/postgres.txz");
  }
}
