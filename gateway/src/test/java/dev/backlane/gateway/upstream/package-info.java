/// Proves the outgoing client against real sockets that misbehave in every way known.
@NullMarked
package dev.backlane.gateway.upstream;

import org.jspecify.annotations.NullMarked;
