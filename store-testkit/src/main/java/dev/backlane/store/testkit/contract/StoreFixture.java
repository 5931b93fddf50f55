package dev.backlane.store.testkit.contract;

import dev.backlane.engine.store.Store;
import java.time.InstantSource;

/// Opens the store under test. Each test has its own fixture.
public interface StoreFixture {
  /// Opens an empty store.
  ///
  /// @param clock the time of the tests, for a store that needs its own clock
  Store open(InstantSource clock) throws Exception;

  /// Closes a store and opens it again, as a restart of the process does.
  ///
  /// @param open the store that [#open] or this method returned last
  /// @param clock as for [#open]
  Store reopen(Store open, InstantSource clock) throws Exception;

  /// Counts the contents in the storage that no commit refers to.
  long leftovers();
}
