/// The contract that every store fulfills, as tests: one topic per class, collected in
/// [dev.backlane.store.testkit.contract.StoreContract], and the contract of a transfer between two
/// stores.
@NullMarked
package dev.backlane.store.testkit.contract;

import org.jspecify.annotations.NullMarked;
