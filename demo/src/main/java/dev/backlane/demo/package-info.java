/// The demo: a sample API, a token issuer and a webhook receiver, each a real server on loopback,
/// and a client that demonstrates Backlane with them step by step. The caller supplies the gateway.
@NullMarked
package dev.backlane.demo;

import org.jspecify.annotations.NullMarked;
