/// Constructs and connects the parts of a gateway from its configuration. Only this package depends
/// on every part.
@NullMarked
package dev.backlane.app.wiring;

import org.jspecify.annotations.NullMarked;
