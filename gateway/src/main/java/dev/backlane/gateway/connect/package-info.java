/// Opens the outgoing connections of all clients of the gateway: looks hosts up in bounded time,
/// tries all their addresses, and detects peers that are gone.
@NullMarked
package dev.backlane.gateway.connect;

import org.jspecify.annotations.NullMarked;
