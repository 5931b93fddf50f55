/// What the demo needs besides the gateway itself.
@NullMarked
package dev.backlane.app.demo;

import org.jspecify.annotations.NullMarked;
