/// Sends requests to the API behind Backlane: HTTP/1.1 over pooled connections, reporting exactly
/// how far a request got.
@NullMarked
package dev.backlane.gateway.upstream;

import org.jspecify.annotations.NullMarked;
