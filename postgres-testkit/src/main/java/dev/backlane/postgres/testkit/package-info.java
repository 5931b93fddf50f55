/// Real PostgreSQL servers for tests and benchmarks.
@NullMarked
package dev.backlane.postgres.testkit;

import org.jspecify.annotations.NullMarked;
