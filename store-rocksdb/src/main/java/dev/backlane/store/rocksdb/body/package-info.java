/// The files of large contents.
@NullMarked
package dev.backlane.store.rocksdb.body;

import org.jspecify.annotations.NullMarked;
