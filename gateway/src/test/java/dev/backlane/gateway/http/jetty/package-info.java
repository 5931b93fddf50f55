/// Tests of the Jetty adapter: real listeners on the loopback interface, and raw sockets.
@NullMarked
package dev.backlane.gateway.http.jetty;

import org.jspecify.annotations.NullMarked;
