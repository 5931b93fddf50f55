package dev.backlane.postgres.testkit;

import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.InputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The archive of one version, among the resources of this module. Equal for the same version, so each is unpacked once.
record Binaries(PostgresVersion version) implements PgBinaryResolver {
  /// The build has chosen those for this machine; null where it has put none here.
  @Override
  public @Nullable InputStream getPgBinary(String system, String machineHardware) {
    var folder = version.name().toLowerCase(Locale.ROOT);
    return Binaries.class.getResourceAsStream(folder + "/postgres.txz");
  }
}
