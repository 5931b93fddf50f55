/// Tests of stores, in test scope only: the contract suite with its samples, a settable clock, and
/// stores that fail on demand.
@NullMarked
package dev.backlane.store.testkit;

import org.jspecify.annotations.NullMarked;
