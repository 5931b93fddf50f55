/// The directory of the embedded store, and RocksDB in it: column families, keys, opening and
/// closing.
@NullMarked
package dev.backlane.store.rocksdb.database;

import org.jspecify.annotations.NullMarked;
