/// JSON documents, bodies in memory, and HTTP clients. Internal: the module does not export it.
@NullMarked
package dev.backlane.client.support;

import org.jspecify.annotations.NullMarked;
