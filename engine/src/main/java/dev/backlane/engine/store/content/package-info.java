/// Bodies: as the caller gives them to the store, as they are written, and as they are read back.
@NullMarked
package dev.backlane.engine.store.content;

import org.jspecify.annotations.NullMarked;
