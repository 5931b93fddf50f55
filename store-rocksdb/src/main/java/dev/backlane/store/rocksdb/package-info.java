/// The embedded store: operations in RocksDB, large contents as plain files, in one directory of
/// one process.
@NullMarked
package dev.backlane.store.rocksdb;

import org.jspecify.annotations.NullMarked;
