/// The files of large contents: their names, and how they are written, read and pruned.
@NullMarked
package dev.backlane.store.rocksdb.body;

import org.jspecify.annotations.NullMarked;
