/// Takes due operations to the upstream, a bounded number at a time, and settles what came of it.
@NullMarked
package dev.backlane.engine.execution;

import org.jspecify.annotations.NullMarked;
