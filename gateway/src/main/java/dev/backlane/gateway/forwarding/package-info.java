/// What the upstream learns of a call's way, and what the client learns of the upstream's address:
/// hop-by-hop fields, `Forwarded` and `X-Forwarded-*`, the names that are reserved for the gateway,
/// and locations of the upstream.
@NullMarked
package dev.backlane.gateway.forwarding;

import org.jspecify.annotations.NullMarked;
