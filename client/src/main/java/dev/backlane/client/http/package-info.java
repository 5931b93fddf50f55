/// Requests with tokens, deadlines and pauses. Internal: the module does not export it.
@NullMarked
package dev.backlane.client.http;

import org.jspecify.annotations.NullMarked;
