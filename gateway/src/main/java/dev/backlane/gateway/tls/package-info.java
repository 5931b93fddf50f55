/// Keys and trust for TLS, from files that may change while the gateway runs.
@NullMarked
package dev.backlane.gateway.tls;

import org.jspecify.annotations.NullMarked;
