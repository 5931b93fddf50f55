/// Tests of the context of traces.
@NullMarked
package dev.backlane.gateway.tracing;

import org.jspecify.annotations.NullMarked;
