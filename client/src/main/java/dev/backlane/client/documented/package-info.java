/// The documented Background API with the names of a generated client: for code that was written
/// against one. New code uses [dev.backlane.client.Backlane].
@NullMarked
package dev.backlane.client.documented;

import org.jspecify.annotations.NullMarked;
