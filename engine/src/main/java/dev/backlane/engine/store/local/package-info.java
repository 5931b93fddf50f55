/// Parts of a store that only one process has open: its leases and its free disk space.
@NullMarked
package dev.backlane.engine.store.local;

import org.jspecify.annotations.NullMarked;
