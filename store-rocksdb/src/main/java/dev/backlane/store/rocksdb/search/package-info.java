/// How operations are found by filters: the ids of several indexes are intersected, newest first.
@NullMarked
package dev.backlane.store.rocksdb.search;

import org.jspecify.annotations.NullMarked;
