/// Support for tests of stores, in test scope only: sample operations and deliveries, a settable
/// clock, and stores that fail on demand.
@NullMarked
package dev.backlane.store.testkit;

import org.jspecify.annotations.NullMarked;
