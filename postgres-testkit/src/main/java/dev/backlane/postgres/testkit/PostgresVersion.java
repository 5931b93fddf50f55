package dev.backlane.postgres.testkit;

/// The PostgreSQL versions that Backlane is tested on, as set in the root `pom.xml`.
public enum PostgresVersion {
  /// The newest published version.
  NEWEST,

  /// The oldest version that is still supported.
  OLDEST
}
