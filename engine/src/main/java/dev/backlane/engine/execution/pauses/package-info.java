/// What an operator has paused: operations are accepted and wait.
@NullMarked
package dev.backlane.engine.execution.pauses;

import org.jspecify.annotations.NullMarked;
