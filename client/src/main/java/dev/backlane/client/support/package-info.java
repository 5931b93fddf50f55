/// JSON documents and the default HTTP client. Internal: the module does not export it.
@NullMarked
package dev.backlane.client.support;

import org.jspecify.annotations.NullMarked;
