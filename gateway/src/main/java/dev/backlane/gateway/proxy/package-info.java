/// Passes calls that are not background operations to the upstream, streamed both ways.
@NullMarked
package dev.backlane.gateway.proxy;

import org.jspecify.annotations.NullMarked;
