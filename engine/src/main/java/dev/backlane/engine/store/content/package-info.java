/// The bodies of requests and responses: to be stored, being written, and stored.
@NullMarked
package dev.backlane.engine.store.content;

import org.jspecify.annotations.NullMarked;
