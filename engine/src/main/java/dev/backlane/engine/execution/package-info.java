/// Accepts operations, sends the due ones to the upstream within concurrency limits, settles the
/// outcomes, and takes over the operations of processes that died.
@NullMarked
package dev.backlane.engine.execution;

import org.jspecify.annotations.NullMarked;
