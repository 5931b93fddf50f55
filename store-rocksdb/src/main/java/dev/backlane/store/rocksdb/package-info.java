/// The embedded store for a single process: operations in RocksDB and large contents as plain
/// files, in one directory.
@NullMarked
package dev.backlane.store.rocksdb;

import org.jspecify.annotations.NullMarked;
