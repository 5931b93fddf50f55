/// Tests the outgoing client against real sockets that misbehave in every known way.
@NullMarked
package dev.backlane.gateway.upstream;

import org.jspecify.annotations.NullMarked;
