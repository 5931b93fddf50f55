/// What a store is tested with, and the store that lives in memory: the contract suite, the model, a clock that is set by
/// hand and a wrapper that fails on demand.
@NullMarked
package dev.backlane.store.testkit;

import org.jspecify.annotations.NullMarked;
