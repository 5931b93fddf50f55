/// Group commit: many waiting commands become durable with one fsync.
@NullMarked
package dev.backlane.engine.store.commit;

import org.jspecify.annotations.NullMarked;
