package dev.backlane.postgres.testkit;

/// The PostgreSQL versions that Backlane is tested on. Which they are stands in the root `pom.xml`.
public enum PostgresVersion {
  /// The newest one that is published.
  NEWEST,

  /// The oldest one that its makers still mend.
  OLDEST
}
